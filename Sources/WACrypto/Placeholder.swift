import Crypto
import CryptoExtras
import CSodium
