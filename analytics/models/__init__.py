"""Features to fits: the only room that opens statsmodels, scipy or pandas."""
