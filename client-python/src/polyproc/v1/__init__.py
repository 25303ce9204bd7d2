"""The messages of the contract, `polyproc.v1`, for what the package has no method for.

Made from proto/ when the package is built: `from polyproc.v1 import queue_pb2`.
"""
