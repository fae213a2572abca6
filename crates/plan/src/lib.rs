//! What a command will do, as data: phases, each holding the steps of every host.
