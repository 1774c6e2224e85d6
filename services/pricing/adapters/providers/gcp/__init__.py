"""Google: the Cloud Billing Catalog, from which the prices of machine types are composed."""
