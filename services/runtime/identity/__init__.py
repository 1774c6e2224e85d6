"""Who a workload is, and who is calling it: certificates from files, credentials, peers, the channel into the mesh.

Kept empty of imports: the names in `spiffe` are used where loading gRPC would cost more than the work.
"""
