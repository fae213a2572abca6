//! How an image is built and pushed: which buildx builder, with which command.
