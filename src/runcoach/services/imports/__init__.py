"""What a runner brings: files and archives, read, told apart, taken back."""
