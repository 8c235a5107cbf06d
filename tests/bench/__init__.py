"""How quick and how light the integration is, measured beside other ways."""
