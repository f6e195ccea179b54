import WABinary

/// A phone moves to another number: its account has new names, and whoever knows it is told of both.
extension SimulatedServer {
    /// The account keeps what it is called, whom it knows, its groups and what can be read on the phone. Its companions
    /// are unlinked, and its keys are new, as with every registration. The former number belongs to nobody.
    ///
    /// Contacts hear `<modify old new old_lid new_lid/>`, groups `<modify><participant/></modify>`.
    package func changeNumber(of former: String, to number: String) throws(SimulatorError) {
        let old = try account(former)
        guard let oldPhone = old.phone?.endpoint else { throw .unknownDevice(DeviceAddress(former)) }
        guard oldPhone.isPoweredOn else { throw .poweredOff(former) }
        // Nothing of the old phone may be under way when its account is gone.
        pump()
        try addPhone(number, name: old.name)
        for device in old.sortedDevices where device.address.device != 0 {
            remove(device, from: old, isOwnWish: false)
        }
        pump()
        guard let new = accounts[number], let phone = new.phone?.endpoint else { return }
        new.about = old.about
        new.privacy = old.privacy
        new.blocked = old.blocked
        new.picture = old.picture
        new.business = old.business
        new.addressBook = old.addressBook
        new.disappearingSeconds = old.disappearingSeconds
        new.contacts = old.contacts
        new.statusAudience = old.statusAudience
        new.hidesLID = old.hidesLID
        phone.takeOver(oldPhone)
        accounts[former] = nil
        numbersByLID[old.lid] = nil
        formerNames.formUnion([former, old.lid])
        for contact in old.contacts.sorted() {
            guard let account = accounts[contact] else { continue }
            account.contacts.remove(former)
            account.contacts.insert(number)
            if account.statusAudience?.remove(former) != nil { account.statusAudience?.insert(number) }
            tell(account, thatChanged: old, to: new)
        }
        for group in groups.values.filter({ $0.contains(former) }).sorted(by: { $0.id < $1.id }) {
            group.renumber(former, to: number)
            let previous = group.participantsChanged(nowMilliseconds: nowMilliseconds)
            let modify = Node(
                "modify",
                ["v_id": .text(String(group.participantVersion)), "prev_v_id": .text(String(previous))],
                [participantNode(new, in: group, role: group.role(of: number) ?? .member)])
            announce([newsForAll(of: group, modify)], of: group, by: old)
        }
        for channel in channels.values {
            if channel.followers.remove(former) != nil { channel.followers.insert(number) }
            if channel.admins.remove(former) != nil { channel.admins.insert(number) }
            if channel.owner == former { channel.owner = number }
        }
    }

    private func tell(_ contact: Account, thatChanged old: Account, to new: Account) {
        var modify = Node("modify", ["old": .jid(old.jid(.phoneNumber)), "new": .jid(new.jid(.phoneNumber))])
        if !old.hidesLID {
            modify.attributes["old_lid"] = .jid(old.jid(.lid))
            modify.attributes["new_lid"] = .jid(new.jid(.lid))
        }
        for device in contact.sortedDevices where device.endpoint == nil {
            deliver(notification("contacts", from: old.jid(.phoneNumber), [modify]), to: device)
        }
    }
}

extension VirtualDevice {
    /// What a person takes along to another number.
    fileprivate func takeOver(_ former: VirtualDevice) {
        inbox = former.inbox
        automaticAnswer = former.automaticAnswer
        answersInGroups = former.answersInGroups
        deliveryReceipts = former.deliveryReceipts
        hidesReading = former.hidesReading
    }
}
