/// Something a person says, or does to what was said before, on a device of the simulator.
package struct Utterance: Sendable {
    package enum Content: Sendable {
        case text(String)
        /// A text with a preview of the link in it.
        case link(String, link: String, title: String, description: String?)
        /// A file that is in the blob store already. `kind` is one of image, video, gif, roundVideo, audio, voice,
        /// document and sticker.
        case media(ShownMedia, ShownContent.Kind)
        case location(latitude: Double, longitude: Double, name: String?, address: String?)
        case contact(name: String, number: String)
        /// `selectableCount` 0 lets people choose any number of options.
        case poll(question: String, options: [String], selectableCount: Int)
        /// An empty emoji takes the reaction back. Messages are named by their id, as in the inbox.
        case reaction(String, to: String)
        case edit(String, of: String)
        case revoke(String)
        /// The texts of the chosen options; none takes the vote back.
        case vote([String], in: String)
        case pin(Bool, String)
    }

    package var content: Content
    /// The id of the message it replies to.
    package var quotedID: String?
    /// Accounts mentioned in the text as `@` and their number.
    package var mentions: [String] = []
    package var forwardingScore = 0
    package var expirationSeconds: Int?
    package var isViewOnce = false

    package init(_ content: Content) {
        self.content = content
    }
}
