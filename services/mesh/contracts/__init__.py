"""The contract's workshop: compiles `protos/`, generates the Python stubs and runs buf over the result, all offline."""
