"""One HTTP/1.1 connection and TLS, used by the server and in process."""
