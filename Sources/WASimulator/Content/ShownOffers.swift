/// What businesses and groups show to choose from, and what people choose. Reference 6.2.
package struct Choices: Sendable, Equatable {
    /// In which of the four messages for it the choices come.
    package enum Form: String, Sendable, CaseIterable {
        case buttons, list, template, interactive
    }

    package struct Row: Sendable, Equatable {
        package let id: String
        package let text: String
        package let description: String?

        package init(id: String, text: String, description: String? = nil) {
            self.id = id
            self.text = text
            self.description = description
        }
    }

    /// All but lists have one section without a title.
    package struct Section: Sendable, Equatable {
        package let title: String?
        package let rows: [Row]

        package init(title: String? = nil, rows: [Row]) {
            self.title = title
            self.rows = rows
        }
    }

    package var form: Form
    package var text: String?
    package var title: String?
    package var footer: String?
    /// What opens a list.
    package var buttonText: String?
    package var sections: [Section]

    package init(_ form: Form, sections: [Section]) {
        self.form = form
        self.sections = sections
    }

    var rows: [Row] { sections.flatMap(\.rows) }
}

/// What somebody has chosen of `Choices`.
package struct Choice: Sendable, Equatable {
    package let form: Choices.Form
    package let id: String
    package let text: String?
    package let description: String?
}

/// An invitation to a group, sent to one person.
package struct GroupInvitation: Sendable, Equatable {
    /// The group's address.
    package let group: String
    package let name: String
    package let code: String
    package let expirationSeconds: Int64
    package let caption: String?
}

package struct ShownOrder: Sendable, Equatable {
    package enum Status: String, Sendable, CaseIterable { case inquiry, accepted, declined }

    package var id: String
    package var title: String
    package var itemCount: Int
    package var status: Status
    package var message: String?
    package var seller: String?
    /// A thousand of it are one unit of the currency.
    package var totalAmount1000: Int64
    package var currency: String

    package init(
        id: String, title: String, itemCount: Int, status: Status = .inquiry, message: String? = nil,
        seller: String? = nil, totalAmount1000: Int64, currency: String
    ) {
        self.id = id
        self.title = title
        self.itemCount = itemCount
        self.status = status
        self.message = message
        self.seller = seller
        self.totalAmount1000 = totalAmount1000
        self.currency = currency
    }
}

package struct ShownProduct: Sendable, Equatable {
    package var id: String
    package var title: String
    package var description: String?
    package var priceAmount1000: Int64
    package var currency: String
    package var url: String?
    package var seller: String?
    package var body: String?
    package var footer: String?

    package init(
        id: String, title: String, description: String? = nil, priceAmount1000: Int64, currency: String,
        url: String? = nil, seller: String? = nil, body: String? = nil, footer: String? = nil
    ) {
        self.id = id
        self.title = title
        self.description = description
        self.priceAmount1000 = priceAmount1000
        self.currency = currency
        self.url = url
        self.seller = seller
        self.body = body
        self.footer = footer
    }
}

/// Something planned in a chat, which people say whether they come to.
package struct ShownEvent: Sendable, Equatable {
    package enum Answer: String, Sendable, CaseIterable { case going, notGoing, maybe }

    package var name: String
    package var description: String?
    package var startSeconds: Int64
    package var endSeconds: Int64?
    package var isCanceled: Bool
    package var joinLink: String?
    package var location: ShownContent.Location?

    package init(
        name: String, description: String? = nil, startSeconds: Int64, endSeconds: Int64? = nil,
        isCanceled: Bool = false, joinLink: String? = nil, location: ShownContent.Location? = nil
    ) {
        self.name = name
        self.description = description
        self.startSeconds = startSeconds
        self.endSeconds = endSeconds
        self.isCanceled = isCanceled
        self.joinLink = joinLink
        self.location = location
    }
}
