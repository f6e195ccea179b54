import WACrypto
