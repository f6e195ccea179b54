import WABinary
