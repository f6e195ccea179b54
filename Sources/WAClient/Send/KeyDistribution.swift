import WABinary
import WAProtocol

/// Who must be handed our sender key before a message to a group can leave, worked out from what is known. Pure.
///
/// | a device of a member…                          | leads to                                   |
/// |------------------------------------------------|--------------------------------------------|
/// | whose list of devices is not known             | `unknownPeople`: ask                        |
/// | has the key, or it is prepared for it          | nothing                                    |
/// | has neither                                    | `lacking`: prepare it                       |
/// | gave no keys to encrypt to                     | left out; the hash counts it all the same   |
/// | is hosted, or the one that sends               | left out                                   |
///
/// When somebody who was handed the key is no longer among them, the key is spent: `isSpent`.
struct KeyDistribution: Equatable, Sendable {
    struct Device: Equatable, Sendable {
        let holder: KeyHolder
        /// In the group's addressing.
        let jid: JID
    }

    private(set) var unknownPeople: [JID] = []
    private(set) var lacking: [Device] = []
    private(set) var isSpent = false
    /// Devices were left out for want of keys, or people for want of a list.
    private(set) var isPartial = false
    /// Prepared for devices that are gone, and never sent.
    private(set) var superfluous: [KeyHolder] = []
    /// Every device of every member, the sending one included: what the participant hash is computed over.
    private(set) var allDevices: [JID] = []
    /// The members' devices that can be handed a key, in the order they are written in.
    private(set) var targets: [Device] = []

    var isComplete: Bool { unknownPeople.isEmpty && lacking.isEmpty && !isSpent }

    init(
        members: [(member: GroupStore.Member, devices: [DeviceSet.Device]?)], handouts: [SenderKeyStore.Handout],
        sending: KeyHolder, gaps: RecipientGaps
    ) {
        let holders = Set(handouts.map(\.holder))
        var present: Set<KeyHolder> = []
        for (member, known) in members {
            if known == nil {
                guard gaps.unlisted.contains(member.address) else {
                    unknownPeople.append(member.address)
                    continue
                }
                isPartial = true
            }
            let devices = known ?? []
            for device in devices where !device.isHosted {
                let found = Device(
                    holder: KeyHolder(person: member.person, device: device.id),
                    jid: member.address.with(device: device.id))
                allDevices.append(found.jid)
                guard found.holder != sending else { continue }
                present.insert(found.holder)
                targets.append(found)
                if holders.contains(found.holder) { continue }
                if gaps.keyless.contains(found.jid) { isPartial = true } else { lacking.append(found) }
            }
            // Our own list may be older than this device.
            if member.person == sending.person, !devices.contains(where: { $0.id == sending.device }) {
                allDevices.append(member.address.with(device: sending.device))
            }
        }
        guard unknownPeople.isEmpty else { return }
        for handout in handouts where !present.contains(handout.holder) {
            if handout.payload == nil { isSpent = true } else { superfluous.append(handout.holder) }
        }
    }
}

/// What the server had no answer for; asked again when there is news of the person, and on the next connection.
struct RecipientGaps: Sendable {
    /// Devices it gave no usable keys for.
    var keyless: Set<JID> = []
    /// Phone numbers with an account whose LID it did not name.
    var withoutLID: Set<JID> = []
    /// People whose devices it did not list.
    var unlisted: Set<JID> = []

    mutating func formUnion(_ other: RecipientGaps) {
        keyless.formUnion(other.keyless)
        withoutLID.formUnion(other.withoutLID)
        unlisted.formUnion(other.unlisted)
    }

    /// `forms` are addresses of people, as they are stored.
    mutating func forget(_ forms: Set<String>) {
        func isOther(_ jid: JID) -> Bool { !forms.contains(jid.account.description) }
        keyless = keyless.filter(isOther)
        withoutLID = withoutLID.filter(isOther)
        unlisted = unlisted.filter(isOther)
    }
}
