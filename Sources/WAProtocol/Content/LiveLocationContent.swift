import FoundationEssentials
import WAProto

/// Where somebody is, at the moment they began to share it or later.
///
/// ```
/// 18 liveLocationMessage { 1 latitude, 2 longitude, 3 accuracy, 4 speed, 5 degreesClockwise, 6 caption, 7 sequenceNumber,
///                          8 timeOffset, 16 JPEGThumbnail, 17 contextInfo }
/// ```
/// Source: protocol reference 6.2.
package struct LiveLocationContent: Equatable, Sendable {
    /// Degrees, -90 to 90 and -180 to 180.
    package var latitude: Double
    package var longitude: Double
    package var accuracyMeters: Int?
    package var speedMetersPerSecond: Float?
    /// Where they head, clockwise from magnetic north.
    package var headingDegrees: Int?
    package var caption: String?
    /// Grows with every later place of the same sharing.
    package var sequenceNumber: Int64?
    /// Seconds since the sharing began.
    package var elapsedSeconds: Int?
    /// JPEG.
    package var thumbnail: [UInt8]?
    package var context: MessageContext

    package init(
        latitude: Double, longitude: Double, accuracyMeters: Int? = nil, speedMetersPerSecond: Float? = nil,
        headingDegrees: Int? = nil, caption: String? = nil, sequenceNumber: Int64? = nil, elapsedSeconds: Int? = nil,
        thumbnail: [UInt8]? = nil, context: MessageContext = .none
    ) {
        self.latitude = latitude
        self.longitude = longitude
        self.accuracyMeters = accuracyMeters
        self.speedMetersPerSecond = speedMetersPerSecond
        self.headingDegrees = headingDegrees
        self.caption = caption
        self.sequenceNumber = sequenceNumber
        self.elapsedSeconds = elapsedSeconds
        self.thumbnail = thumbnail
        self.context = context
    }

    /// Nil when the message is none or its place is no place on Earth.
    init?(_ message: WAMessage) {
        guard message.hasLiveLocationMessage else { return nil }
        let place = message.liveLocationMessage
        self.init(
            latitude: place.degreesLatitude, longitude: place.degreesLongitude,
            accuracyMeters: place.hasAccuracyInMeters ? Int(place.accuracyInMeters) : nil,
            speedMetersPerSecond: place.hasSpeedInMps && place.speedInMps.isFinite ? place.speedInMps : nil,
            headingDegrees: place.hasDegreesClockwiseFromMagneticNorth
                ? Int(place.degreesClockwiseFromMagneticNorth) : nil,
            caption: place.hasCaption ? place.caption : nil,
            sequenceNumber: place.hasSequenceNumber ? place.sequenceNumber : nil,
            elapsedSeconds: place.hasTimeOffset ? Int(place.timeOffset) : nil,
            thumbnail: place.hasJpegThumbnail ? [UInt8](place.jpegThumbnail) : nil,
            context: place.hasContextInfo ? MessageContext(place.contextInfo) : .none)
        guard (-90...90).contains(latitude), (-180...180).contains(longitude) else { return nil }
    }

    var message: WAMessage {
        var place = WALiveLocationMessage()
        place.degreesLatitude = latitude
        place.degreesLongitude = longitude
        if let accuracyMeters { place.accuracyInMeters = UInt32(clamping: accuracyMeters) }
        if let speedMetersPerSecond { place.speedInMps = speedMetersPerSecond }
        if let headingDegrees { place.degreesClockwiseFromMagneticNorth = UInt32(clamping: headingDegrees) }
        if let caption { place.caption = caption }
        if let sequenceNumber { place.sequenceNumber = sequenceNumber }
        if let elapsedSeconds { place.timeOffset = UInt32(clamping: elapsedSeconds) }
        if let thumbnail { place.jpegThumbnail = Data(thumbnail) }
        if let info = context.proto { place.contextInfo = info }
        var message = WAMessage()
        message.liveLocationMessage = place
        return message
    }
}
