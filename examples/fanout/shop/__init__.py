"""A shop page that asks for a price, the stock and the tax at once."""
