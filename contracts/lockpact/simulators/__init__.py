"""The only room that knows locksim: worlds for pacts, served worlds for `watch`, documents for `conform`."""
