import WASimulator

/// What there is to choose, to join or to buy, as the control API shows it.
struct RowModel: Encodable {
    let id: String
    let text: String
    let description: String?
}

struct ChoicesModel: Encodable {
    struct Section: Encodable {
        let title: String?
        let rows: [RowModel]
    }

    let text: String?
    let title: String?
    let footer: String?
    let buttonText: String?
    let sections: [Section]

    init(_ choices: Choices) {
        text = choices.text
        title = choices.title
        footer = choices.footer
        buttonText = choices.buttonText
        sections = choices.sections.map { section in
            Section(
                title: section.title,
                rows: section.rows.map { RowModel(id: $0.id, text: $0.text, description: $0.description) })
        }
    }
}

struct InviteModel: Encodable {
    let group: String
    let name: String
    let code: String
    let expirationSeconds: Int64

    init(_ invitation: GroupInvitation) {
        group = invitation.group
        name = invitation.name
        code = invitation.code
        expirationSeconds = invitation.expirationSeconds
    }
}

struct OrderModel: Encodable {
    let id: String
    let title: String
    let itemCount: Int
    let status: String
    let message: String?
    let seller: String?
    let totalAmount1000: Int64
    let currency: String

    init(_ order: ShownOrder) {
        id = order.id
        title = order.title
        itemCount = order.itemCount
        status = order.status.rawValue
        message = order.message
        seller = order.seller
        totalAmount1000 = order.totalAmount1000
        currency = order.currency
    }
}

struct ProductModel: Encodable {
    let id: String
    let title: String
    let description: String?
    let priceAmount1000: Int64
    let currency: String
    let url: String?
    let seller: String?
    let body: String?
    let footer: String?

    init(_ product: ShownProduct) {
        id = product.id
        title = product.title
        description = product.description
        priceAmount1000 = product.priceAmount1000
        currency = product.currency
        url = product.url
        seller = product.seller
        body = product.body
        footer = product.footer
    }
}

struct EventModel: Encodable {
    let name: String
    let description: String?
    let startSeconds: Int64
    let endSeconds: Int64?
    let isCanceled: Bool
    let joinLink: String?
    let location: LocationModel?

    init(_ event: ShownEvent) {
        name = event.name
        description = event.description
        startSeconds = event.startSeconds
        endSeconds = event.endSeconds
        isCanceled = event.isCanceled
        joinLink = event.joinLink
        location = event.location.map { LocationModel($0) }
    }
}
