import FoundationEssentials
import WAProto

/// A place, or where somebody is.
///
/// ```
/// 5 locationMessage      { 1 latitude, 2 longitude, 3 name, 4 address, 5 URL, 7 accuracy, 16 JPEGThumbnail, 17 contextInfo }
/// 18 liveLocationMessage { 1 latitude, 2 longitude, 3 accuracy, 6 caption, 16 JPEGThumbnail, 17 contextInfo }
/// ```
package struct LocationContent: Equatable, Sendable {
    /// Degrees, -90 to 90 and -180 to 180.
    package var latitude: Double
    package var longitude: Double
    /// The name of the place; of a live location its caption.
    package var name: String?
    package var address: String?
    package var url: String?
    package var accuracyMeters: Int?
    /// JPEG.
    package var thumbnail: [UInt8]?
    /// The sender keeps telling where they are.
    package var isLive: Bool
    package var context: MessageContext

    package init(
        latitude: Double, longitude: Double, name: String? = nil, address: String? = nil, url: String? = nil,
        accuracyMeters: Int? = nil, thumbnail: [UInt8]? = nil, isLive: Bool = false, context: MessageContext = .none
    ) {
        self.latitude = latitude
        self.longitude = longitude
        self.name = name
        self.address = address
        self.url = url
        self.accuracyMeters = accuracyMeters
        self.thumbnail = thumbnail
        self.isLive = isLive
        self.context = context
    }

    /// Nil when the message is none or its place is no place on Earth.
    init?(_ message: WAMessage) {
        if message.hasLocationMessage {
            let place = message.locationMessage
            self.init(
                latitude: place.degreesLatitude, longitude: place.degreesLongitude,
                name: place.hasName ? place.name : nil, address: place.hasAddress ? place.address : nil,
                url: place.hasURL ? place.url : nil,
                accuracyMeters: place.hasAccuracyInMeters ? Int(place.accuracyInMeters) : nil,
                thumbnail: place.hasJpegThumbnail ? [UInt8](place.jpegThumbnail) : nil,
                context: place.hasContextInfo ? MessageContext(place.contextInfo) : .none)
        } else if message.hasLiveLocationMessage {
            let place = message.liveLocationMessage
            self.init(
                latitude: place.degreesLatitude, longitude: place.degreesLongitude,
                name: place.hasCaption ? place.caption : nil,
                accuracyMeters: place.hasAccuracyInMeters ? Int(place.accuracyInMeters) : nil,
                thumbnail: place.hasJpegThumbnail ? [UInt8](place.jpegThumbnail) : nil, isLive: true,
                context: place.hasContextInfo ? MessageContext(place.contextInfo) : .none)
        } else {
            return nil
        }
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
    }

    var message: WAMessage {
        var message = WAMessage()
        if isLive {
            message.liveLocationMessage.degreesLatitude = latitude
            message.liveLocationMessage.degreesLongitude = longitude
            if let name { message.liveLocationMessage.caption = name }
            if let accuracyMeters { message.liveLocationMessage.accuracyInMeters = UInt32(clamping: accuracyMeters) }
            if let thumbnail { message.liveLocationMessage.jpegThumbnail = Data(thumbnail) }
            if let info = context.proto { message.liveLocationMessage.contextInfo = info }
        } else {
            message.locationMessage.degreesLatitude = latitude
            message.locationMessage.degreesLongitude = longitude
            if let name { message.locationMessage.name = name }
            if let address { message.locationMessage.address = address }
            if let url { message.locationMessage.url = url }
            if let accuracyMeters { message.locationMessage.accuracyInMeters = UInt32(clamping: accuracyMeters) }
            if let thumbnail { message.locationMessage.jpegThumbnail = Data(thumbnail) }
            if let info = context.proto { message.locationMessage.contextInfo = info }
        }
        return message
    }
}
