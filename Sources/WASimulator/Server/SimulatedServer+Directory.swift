import WABinary

/// Finding accounts and devices by either of their names.
extension SimulatedServer {
    func account(at jid: JID) -> Account? {
        switch jid.server {
        case .user, .legacyUser: accounts[jid.user]
        case .lid: numbersByLID[jid.user].flatMap { accounts[$0] }
        default: nil
        }
    }

    /// The LID of a number: of its account, or the one it would have.
    package func lid(of number: String) -> String {
        accounts[number]?.lid ?? probableLID(of: number)
    }

    func address(of jid: JID) -> DeviceAddress? {
        account(at: jid).map { DeviceAddress($0.number, jid.device) }
    }

    func device(at jid: JID) -> Device? {
        account(at: jid)?.devices[jid.device]
    }

    func device(_ address: DeviceAddress) throws(SimulatorError) -> Device {
        guard let account = accounts[address.number] else { throw .unknownPhone(address.number) }
        guard let device = account.devices[address.device] else { throw .unknownDevice(address) }
        return device
    }

    func account(_ number: String) throws(SimulatorError) -> Account {
        guard let account = accounts[number] else { throw .unknownPhone(number) }
        return account
    }

    /// Under which of its names a device is spoken to.
    func addressing(of jid: JID) -> Addressing {
        jid.server == .lid ? .lid : .phoneNumber
    }

    func account(of device: Device) -> Account {
        guard let account = accounts[device.address.number] else {
            preconditionFailure("a device belongs to an account as long as it is used")
        }
        return account
    }

    /// The two will be told of each other's changes.
    func become(contacts account: Account, of device: Device) {
        guard account.number != device.address.number else { return }
        account.contacts.insert(device.address.number)
        accounts[device.address.number]?.contacts.insert(account.number)
    }
}
