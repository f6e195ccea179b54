import FoundationEssentials
import WAProto

/// Invitations, orders, products and events. Reference 6.2.
extension WAMessage {
    mutating func set(_ order: ShownOrder) {
        orderMessage.orderID = order.id
        orderMessage.orderTitle = order.title
        orderMessage.itemCount = Int32(clamping: order.itemCount)
        orderMessage.status =
            switch order.status {
            case .inquiry: .inquiry
            case .accepted: .accepted
            case .declined: .declined
            }
        if let message = order.message { orderMessage.message = message }
        if let seller = order.seller { orderMessage.sellerJid = seller }
        orderMessage.totalAmount1000 = order.totalAmount1000
        orderMessage.totalCurrencyCode = order.currency
    }

    /// - Parameter picture: of the product.
    mutating func set(_ product: ShownProduct, picture: ShownMedia?, atMilliseconds now: Int64) {
        productMessage.product.productID = product.id
        productMessage.product.title = product.title
        if let description = product.description { productMessage.product.description_p = description }
        productMessage.product.priceAmount1000 = product.priceAmount1000
        productMessage.product.currencyCode = product.currency
        if let url = product.url { productMessage.product.url = url }
        if let seller = product.seller { productMessage.businessOwnerJid = seller }
        if let body = product.body { productMessage.body = body }
        if let footer = product.footer { productMessage.footer = footer }
        guard let picture else { return }
        var image = WAMessage()
        image.set(picture, .image, atMilliseconds: now)
        productMessage.product.productImage = image.imageMessage
        productMessage.product.productImageCount = 1
    }

    mutating func set(_ event: ShownEvent) {
        eventMessage.name = event.name
        eventMessage.isCanceled = event.isCanceled
        eventMessage.startTime = event.startSeconds
        if let description = event.description { eventMessage.description_p = description }
        if let end = event.endSeconds { eventMessage.endTime = end }
        if let link = event.joinLink { eventMessage.joinLink = link }
        if let location = event.location { eventMessage.location.set(location) }
    }

    mutating func set(_ invitation: GroupInvitation) {
        groupInviteMessage.groupJid = invitation.group
        groupInviteMessage.groupName = invitation.name
        groupInviteMessage.inviteCode = invitation.code
        groupInviteMessage.inviteExpiration = invitation.expirationSeconds
        if let caption = invitation.caption { groupInviteMessage.caption = caption }
    }
}

extension WALocationMessage {
    mutating func set(_ location: ShownContent.Location) {
        degreesLatitude = location.latitude
        degreesLongitude = location.longitude
        if let name = location.name { self.name = name }
        if let address = location.address { self.address = address }
        if location.isLive { isLive = true }
    }

    var shown: ShownContent.Location {
        .init(
            latitude: degreesLatitude, longitude: degreesLongitude, name: hasName ? name : nil,
            address: hasAddress ? address : nil, isLive: isLive)
    }
}

extension WAGroupInviteMessage {
    var shown: GroupInvitation {
        GroupInvitation(
            group: groupJid, name: groupName, code: inviteCode, expirationSeconds: inviteExpiration,
            caption: hasCaption ? caption : nil)
    }
}

extension WAOrderMessage {
    var shown: ShownOrder {
        let status: ShownOrder.Status =
            switch self.status {
            case .inquiry: .inquiry
            case .accepted: .accepted
            case .declined: .declined
            }
        return ShownOrder(
            id: orderID, title: orderTitle, itemCount: Int(itemCount), status: status,
            message: hasMessage ? message : nil, seller: hasSellerJid ? sellerJid : nil,
            totalAmount1000: totalAmount1000, currency: totalCurrencyCode)
    }
}

extension WAProductMessage {
    var shown: ShownProduct {
        ShownProduct(
            id: product.productID, title: product.title,
            description: product.hasDescription_p ? product.description_p : nil,
            priceAmount1000: product.priceAmount1000, currency: product.currencyCode,
            url: product.hasURL ? product.url : nil, seller: hasBusinessOwnerJid ? businessOwnerJid : nil,
            body: hasBody ? body : nil, footer: hasFooter ? footer : nil)
    }
}

extension WAEventMessage {
    var shown: ShownEvent {
        ShownEvent(
            name: name, description: hasDescription_p ? description_p : nil, startSeconds: startTime,
            endSeconds: hasEndTime ? endTime : nil, isCanceled: isCanceled, joinLink: hasJoinLink ? joinLink : nil,
            location: hasLocation ? location.shown : nil)
    }
}

extension ShownEvent.Answer {
    init?(_ response: WAEventResponseMessage.EventResponseType) {
        switch response {
        case .going: self = .going
        case .notGoing: self = .notGoing
        case .maybe: self = .maybe
        case .unknown: return nil
        }
    }

    var response: WAEventResponseMessage.EventResponseType {
        switch self {
        case .going: .going
        case .notGoing: .notGoing
        case .maybe: .maybe
        }
    }
}
