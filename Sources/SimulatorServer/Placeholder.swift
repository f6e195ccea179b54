import Hummingbird
import X509
