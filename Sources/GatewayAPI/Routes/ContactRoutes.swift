import Gateway
import Hummingbird

/// People on WhatsApp (contract 2 of the rest half).
struct ContactRoutes: ResourceRoutes {
    func add(to routes: APIRoutes) {
        addLists(to: routes)
        addPerson(to: routes)
        addChanges(to: routes)
    }

    private func addLists(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/contacts", .key(atLeast: .viewer),
            Operation(
                .contacts, "List the contacts", details: "The account's address book, and whoever else it chats with.",
                query: [.limit(1000), .offset], answers: .list(ContactModel.self), errors: Self.readErrors)
        ) { call in
            let page = PageRange(reading: call.query)
            let contacts = try await call.gateway.contacts(
                limit: page.limit, offset: page.offset, session: try call.session)
            return .list(contacts.map(ContactModel.init))
        }
        routes.get(
            "sessions/:sessionId/contacts/blocked", .key(atLeast: .viewer),
            Operation(
                .contacts, "List whom the account blocks", answers: .ok(BlockedContactsModel.self), errors: Self.askErrors)
        ) { call in
            .ok(BlockedContactsModel(ids: try await call.gateway.blockedContacts(session: try call.session)))
        }
        routes.get(
            "sessions/:sessionId/contacts/check/:number", .key(atLeast: .operator),
            Operation(
                .contacts, "Check a number", details: "Whether it is on WhatsApp, and the id to write to.",
                answers: .ok(ContactCheckModel.self), errors: [.invalidChatID] + Self.askErrors)
        ) { call in
            let check = try await call.gateway.checkContact(
                try call.parameter("number"), session: try call.session)
            return .ok(ContactCheckModel(check: check))
        }
        routes.get(
            "sessions/:sessionId/contacts/profile-pictures", .key(atLeast: .viewer),
            Operation(
                .contacts, "Read many profile pictures",
                details: "Where they are; `null` where there is none or it cannot be seen. At most 50 ids are used.",
                query: [QueryParameter("ids")], answers: .ok(ProfilePicturesModel.self), errors: Self.askErrors,
                examples: [Example(query: "ids=6281234567890@c.us,628111111111@c.us")])
        ) { call in
            let ids = (call.query["ids"] ?? "").unicodeScalars.split(separator: ",").map { String($0) }
            let pictures = try await call.gateway.profilePictures(of: ids, session: try call.session)
            return .ok(ProfilePicturesModel(pictures: pictures))
        }
    }

    private func addPerson(to routes: APIRoutes) {
        routes.get(
            "sessions/:sessionId/contacts/:contactId", .key(atLeast: .viewer),
            Operation(
                .contacts, "Read a contact", answers: .ok(ContactModel.self),
                errors: [.contactNotFound, .invalidChatID] + Self.readErrors)
        ) { call in
            .ok(
                ContactModel(
                    contact: try await call.gateway.contact(try call.parameter("contactId"), session: try call.session)))
        }
        routes.get(
            "sessions/:sessionId/contacts/:contactId/profile-picture", .key(atLeast: .viewer),
            Operation(
                .contacts, "Read a profile picture",
                details: "Where it is, for some time; `null` when there is none or it cannot be seen.",
                answers: .ok(ProfilePictureModel.self), errors: [.invalidChatID] + Self.askErrors)
        ) { call in
            .ok(
                ProfilePictureModel(
                    url: try await call.gateway.profilePicture(
                        of: try call.parameter("contactId"), session: try call.session)))
        }
        routes.get(
            "sessions/:sessionId/contacts/:contactId/phone", .key(atLeast: .viewer),
            Operation(
                .contacts, "Read a contact's number", details: "Also of a privacy id, once the number is known.",
                answers: .ok(ContactPhoneModel.self), errors: [.invalidChatID] + Self.readErrors)
        ) { call in
            let id = try call.parameter("contactId")
            return .ok(
                ContactPhoneModel(
                    id: id, phone: try await call.gateway.phoneNumber(of: id, session: try call.session)))
        }
    }

    private func addChanges(to routes: APIRoutes) {
        routes.put(
            "sessions/:sessionId/contacts/:contactId", .key(atLeast: .operator),
            Operation(
                .contacts, "Save a contact", details: "In the account's address book, on all its devices.",
                body: SaveContactBody.self, answers: .ok(SuccessModel.self), errors: [.invalidChatID] + Self.changeErrors,
                examples: [Example(body: #"{"firstName":"Dewi","lastName":"Sari"}"#)])
        ) { call in
            let body: SaveContactBody = try call.body()
            try await call.gateway.saveContact(
                try call.parameter("contactId"), firstName: body.firstName, lastName: body.lastName,
                session: try call.session)
            return .ok(SuccessModel(success: true, message: "Contact saved"))
        }
        routes.delete(
            "sessions/:sessionId/contacts/:contactId", .key(atLeast: .operator),
            Operation(
                .contacts, "Delete a contact", details: "From the account's address book; messages stay.",
                answers: .ok(SuccessModel.self), errors: [.invalidChatID] + Self.changeErrors)
        ) { call in
            try await call.gateway.removeContact(try call.parameter("contactId"), session: try call.session)
            return .ok(SuccessModel(success: true, message: "Contact deleted"))
        }
        routes.post(
            "sessions/:sessionId/contacts/:contactId/block", .key(atLeast: .operator),
            Operation(
                .contacts, "Block a contact", answers: .ok(SuccessModel.self),
                errors: [.invalidChatID] + Self.changeErrors)
        ) { call in
            try await call.gateway.setBlocked(true, try call.parameter("contactId"), session: try call.session)
            return .ok(SuccessModel(success: true, message: "Contact blocked"))
        }
        routes.delete(
            "sessions/:sessionId/contacts/:contactId/block", .key(atLeast: .operator),
            Operation(
                .contacts, "Unblock a contact", answers: .ok(SuccessModel.self),
                errors: [.invalidChatID] + Self.changeErrors)
        ) { call in
            try await call.gateway.setBlocked(false, try call.parameter("contactId"), session: try call.session)
            return .ok(SuccessModel(success: true, message: "Contact unblocked"))
        }
    }

    private static let readErrors: [ErrorCode] = [.sessionNotStarted, .sessionNotConnected]
    private static let askErrors: [ErrorCode] = readErrors + [.operationRefused, .noAnswer]
    private static let changeErrors = askErrors
}
