//! The proxy in front of an app's containers: it switches to new ones without dropping a request.
