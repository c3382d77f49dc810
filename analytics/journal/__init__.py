"""Files to tables: read an export, map it, keep, repair or refuse each row, account for all of them."""
