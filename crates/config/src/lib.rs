//! The deploy file as a validated value, and problems that point into the file.
