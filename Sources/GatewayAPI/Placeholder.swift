import Hummingbird
import CQREncode
