//! Carries out a plan, one script per host and phase, and tells what happens as events.
