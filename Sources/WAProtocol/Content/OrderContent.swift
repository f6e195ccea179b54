package import WABinary
import WAProto

/// A cart sent to a business.
///
/// ```
/// 38 orderMessage { 1 orderID, 3 itemCount, 6 message, 7 orderTitle, 8 sellerJID, 9 token, 10 totalAmount1000,
///                   11 totalCurrencyCode, 17 contextInfo }
/// ```
/// The token is what its items can be asked for with.
package struct OrderContent: Equatable, Sendable {
    package var orderID: String
    package var token: String?
    package var title: String?
    /// What the customer wrote.
    package var note: String?
    package var itemCount: Int?
    package var seller: JID?
    /// In thousandths of the currency's unit.
    package var totalThousandths: Int64?
    /// ISO 4217.
    package var currency: String?
    package var context: MessageContext

    package init(
        orderID: String, token: String? = nil, title: String? = nil, note: String? = nil, itemCount: Int? = nil,
        seller: JID? = nil, totalThousandths: Int64? = nil, currency: String? = nil, context: MessageContext = .none
    ) {
        self.orderID = orderID
        self.token = token
        self.title = title
        self.note = note
        self.itemCount = itemCount
        self.seller = seller
        self.totalThousandths = totalThousandths
        self.currency = currency
        self.context = context
    }

    /// Nil without an id.
    init?(_ message: WAMessage) {
        let order = message.orderMessage
        guard message.hasOrderMessage, !order.orderID.isEmpty else { return nil }
        self.init(
            orderID: order.orderID, token: order.hasToken ? order.token : nil,
            title: order.hasOrderTitle ? order.orderTitle : nil, note: order.hasMessage ? order.message : nil,
            itemCount: order.hasItemCount ? Int(order.itemCount) : nil,
            seller: order.hasSellerJid ? JID(order.sellerJid)?.account : nil,
            totalThousandths: order.hasTotalAmount1000 ? order.totalAmount1000 : nil,
            currency: order.hasTotalCurrencyCode ? order.totalCurrencyCode : nil,
            context: order.hasContextInfo ? MessageContext(order.contextInfo) : .none)
    }

    var message: WAMessage {
        var order = WAOrderMessage()
        order.orderID = orderID
        if let itemCount { order.itemCount = Int32(clamping: itemCount) }
        if let note { order.message = note }
        if let title { order.orderTitle = title }
        if let seller { order.sellerJid = seller.account.description }
        if let token { order.token = token }
        if let totalThousandths { order.totalAmount1000 = totalThousandths }
        if let currency { order.totalCurrencyCode = currency }
        if let info = context.proto { order.contextInfo = info }
        var message = WAMessage()
        message.orderMessage = order
        return message
    }
}
