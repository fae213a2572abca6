//! Real hosts, a real registry and a real builder in containers, and the tests that deploy to them.
