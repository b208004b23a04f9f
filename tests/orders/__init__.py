"""Every kind of order on real histories: the compiled account beside the broker that is written for reading."""
