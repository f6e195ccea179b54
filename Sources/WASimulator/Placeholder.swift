import WANoise
