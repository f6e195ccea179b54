import NIOWebSocket
import NIOSSL
import Logging
