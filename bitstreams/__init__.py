"""What a release ships: ready bitstreams, and the commands that make and prove them."""
