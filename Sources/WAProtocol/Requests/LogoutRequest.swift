package import WABinary

/// Unlinks a device of ours from the account. After the result its credentials are worthless: delete them.
///
/// ```
/// <iq id xmlns="md" type="set" to="s.whatsapp.net">
///   <remove-companion-device jid="15551234567:12@s.whatsapp.net" reason="user_initiated"/>
/// </iq>
/// ```
/// Source: protocol reference 3.4.
package struct LogoutRequest: WARequest {
    /// Our phone number JID with the device number.
    package let device: JID

    package init(device: JID) {
        self.device = device
    }

    package func node(id: String) -> Node {
        .iq(
            id: id, xmlns: "md", type: .set,
            [
                Node("remove-companion-device", ["jid": .jid(device), "reason": "user_initiated"])
            ])
    }
}
