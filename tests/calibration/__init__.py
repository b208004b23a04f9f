"""Whether what is printed beside a number is true as often as it says: measurements with a command of their own."""
