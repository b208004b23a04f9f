"""A trader on paper: a strategy that is asked at each close, and orders that are neither lost nor doubled."""
