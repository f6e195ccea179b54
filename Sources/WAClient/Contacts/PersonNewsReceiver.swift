import Storage
import WABinary
import WAProtocol

/// Takes in what notifications tell of people, in the transaction that acknowledges them.
struct PersonNewsReceiver {
    let account: String
    let recorder: ClientRecorder

    private var addresses: AddressMapStore { AddressMapStore(account: account) }
    private var contacts: ContactBook { ContactBook(account: account, recorder: recorder) }

    /// Answers whether the block list must be asked for.
    func take(_ news: [PersonNews], on sql: any SQLConnection) throws -> Bool {
        var isBlocklistOutdated = false
        for item in news {
            switch item {
            case .picture(let person, let id): try contacts.note(pictureID: id, of: person, on: sql)
            case .about(let person, let text): try contacts.note(about: text, of: person, on: sql)
            case .businessName(let person, let name): try contacts.note(businessName: name, of: person, on: sql)
            case .blocked(let person, let isBlocked): try contacts.note(isBlocked: isBlocked, person, on: sql)
            case .blocklistChanged: isBlocklistOutdated = true
            case .privacy: break
            case .numberChanged(let old, let new):
                let (before, now) = (try addresses.phoneForm(of: old, on: sql), try addresses.phoneForm(of: new, on: sql))
                guard before != now else { continue }
                try recorder(sql, .contactChanged(ContactChange(person: now, change: .numberChanged(from: before))))
            }
        }
        return isBlocklistOutdated
    }
}
