import FoundationEssentials
import WAProto

/// A place.
///
/// ```
/// 5 locationMessage { 1 latitude, 2 longitude, 3 name, 4 address, 5 URL, 7 accuracy, 16 JPEGThumbnail, 17 contextInfo }
/// ```
package struct LocationContent: Equatable, Sendable {
    /// Degrees, -90 to 90 and -180 to 180.
    package var latitude: Double
    package var longitude: Double
    package var name: String?
    package var address: String?
    package var url: String?
    package var accuracyMeters: Int?
    /// JPEG.
    package var thumbnail: [UInt8]?
    package var context: MessageContext

    package init(
        latitude: Double, longitude: Double, name: String? = nil, address: String? = nil, url: String? = nil,
        accuracyMeters: Int? = nil, thumbnail: [UInt8]? = nil, context: MessageContext = .none
    ) {
        self.latitude = latitude
        self.longitude = longitude
        self.name = name
        self.address = address
        self.url = url
        self.accuracyMeters = accuracyMeters
        self.thumbnail = thumbnail
        self.context = context
    }

    init?(_ message: WAMessage) {
        guard message.hasLocationMessage else { return nil }
        self.init(message.locationMessage)
    }

    /// Nil when it is no place on Earth.
    init?(_ place: WALocationMessage) {
        self.init(
            latitude: place.degreesLatitude, longitude: place.degreesLongitude,
            name: place.hasName ? place.name : nil, address: place.hasAddress ? place.address : nil,
            url: place.hasURL ? place.url : nil,
            accuracyMeters: place.hasAccuracyInMeters ? Int(place.accuracyInMeters) : nil,
            thumbnail: place.hasJpegThumbnail ? [UInt8](place.jpegThumbnail) : nil,
            context: place.hasContextInfo ? MessageContext(place.contextInfo) : .none)
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
    }

    var message: WAMessage {
        var message = WAMessage()
        message.locationMessage = proto
        return message
    }

    var proto: WALocationMessage {
        var place = WALocationMessage()
        place.degreesLatitude = latitude
        place.degreesLongitude = longitude
        if let name { place.name = name }
        if let address { place.address = address }
        if let url { place.url = url }
        if let accuracyMeters { place.accuracyInMeters = UInt32(clamping: accuracyMeters) }
        if let thumbnail { place.jpegThumbnail = Data(thumbnail) }
        if let info = context.proto { place.contextInfo = info }
        return place
    }
}
