"""What answers on the network: a server on Tornado, and how a request becomes WSGI."""
