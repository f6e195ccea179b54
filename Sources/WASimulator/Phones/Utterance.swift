package import WAProto

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
        case liveLocation(
            latitude: Double, longitude: Double, caption: String?, accuracyInMeters: Int?, sequenceNumber: Int64)
        case contact(name: String, number: String)
        case contacts([Card], title: String?)
        /// `selectableCount` 0 lets people choose any number of options.
        case poll(question: String, options: [String], selectableCount: Int)
        case choices(Choices)
        case order(ShownOrder)
        case product(ShownProduct, picture: ShownMedia?)
        case event(ShownEvent)
        /// An invitation for the person spoken to, made by somebody who may.
        case groupInvitation(String, caption: String?)
        /// How long messages of a chat between two stay from now on; 0 for ever.
        case ephemeralSetting(seconds: Int)
        /// An empty emoji takes the reaction back. Messages are named by their id, as in the inbox.
        case reaction(String, to: String)
        case edit(String, of: String)
        case revoke(String)
        /// The texts of the chosen options; none takes the vote back.
        case vote([String], in: String)
        /// The id of what is chosen among the choices of a message.
        case choose(String, in: String)
        case answer(ShownEvent.Answer, to: String)
        case pin(Bool, String, seconds: Int)
        case keep(Bool, String)
        /// Sent as it is, without anything that phones add; with what its stanza says of it where that is not to follow
        /// from the content.
        case raw(WAMessage, type: String?, mediaType: String?, edit: String?)
    }

    package struct Card: Sendable {
        package let name: String
        package let number: String

        package init(name: String, number: String) {
            self.name = name
            self.number = number
        }
    }

    package enum EditShape: String, Sendable, CaseIterable {
        /// In `editedMessage`, as phones do.
        case wrapped
        /// A `protocolMessage` by itself.
        case bare
    }

    package var content: Content
    /// The id of the message it replies to.
    package var quotedID: String?
    /// Accounts mentioned in the text as `@` and their number.
    package var mentions: [String] = []
    package var forwardingScore = 0
    package var expirationSeconds: Int?
    package var isViewOnce = false
    /// Of what is to be seen once: whether companions get it too, and not only word of it.
    package var reachesCompanions = false
    /// Of a reaction or an edit: whether it is encrypted with the secret of its target.
    package var isEncrypted = false
    package var editShape = EditShape.wrapped

    package init(_ content: Content) {
        self.content = content
    }
}
