package import WABinary
import WAProto

/// A thing out of a business's catalogue.
///
/// ```
/// 30 productMessage { 1 product { 1 productImage, 2 productID, 3 title, 4 description, 5 currencyCode, 6 priceAmount1000,
///                                 7 retailerID, 8 url, 9 productImageCount }, 2 businessOwnerJID, 5 body, 6 footer, 17 contextInfo }
/// ```
package struct ProductContent: Equatable, Sendable {
    package var productID: String
    package var title: String?
    package var description: String?
    /// ISO 4217.
    package var currency: String?
    /// In thousandths of the currency's unit.
    package var priceThousandths: Int64?
    /// The business's own number for it.
    package var retailerID: String?
    package var url: String?
    package var businessOwner: JID?
    package var body: String?
    package var footer: String?
    package var image: MediaContent?
    package var context: MessageContext

    package init(
        productID: String, title: String? = nil, description: String? = nil, currency: String? = nil,
        priceThousandths: Int64? = nil, retailerID: String? = nil, url: String? = nil, businessOwner: JID? = nil,
        body: String? = nil, footer: String? = nil, image: MediaContent? = nil, context: MessageContext = .none
    ) {
        self.productID = productID
        self.title = title
        self.description = description
        self.currency = currency
        self.priceThousandths = priceThousandths
        self.retailerID = retailerID
        self.url = url
        self.businessOwner = businessOwner
        self.body = body
        self.footer = footer
        self.image = image
        self.context = context
    }

    /// Nil without an id.
    init?(_ message: WAMessage) {
        let (part, product) = (message.productMessage, message.productMessage.product)
        guard message.hasProductMessage, !product.productID.isEmpty else { return nil }
        var image = WAMessage()
        if product.hasProductImage { image.imageMessage = product.productImage }
        self.init(
            productID: product.productID, title: product.hasTitle ? product.title : nil,
            description: product.hasDescription_p ? product.description_p : nil,
            currency: product.hasCurrencyCode ? product.currencyCode : nil,
            priceThousandths: product.hasPriceAmount1000 ? product.priceAmount1000 : nil,
            retailerID: product.hasRetailerID ? product.retailerID : nil, url: product.hasURL ? product.url : nil,
            businessOwner: part.hasBusinessOwnerJid ? JID(part.businessOwnerJid)?.account : nil,
            body: part.hasBody ? part.body : nil, footer: part.hasFooter ? part.footer : nil, image: MediaContent(image),
            context: part.hasContextInfo ? MessageContext(part.contextInfo) : .none)
    }

    var message: WAMessage {
        var product = WAProductMessage.ProductSnapshot()
        if let image {
            product.productImage = image.message.imageMessage
            product.productImageCount = 1
        }
        product.productID = productID
        if let title { product.title = title }
        if let description { product.description_p = description }
        if let currency { product.currencyCode = currency }
        if let priceThousandths { product.priceAmount1000 = priceThousandths }
        if let retailerID { product.retailerID = retailerID }
        if let url { product.url = url }
        var message = WAMessage()
        message.productMessage.product = product
        if let businessOwner { message.productMessage.businessOwnerJid = businessOwner.account.description }
        if let body { message.productMessage.body = body }
        if let footer { message.productMessage.footer = footer }
        if let info = context.proto { message.productMessage.contextInfo = info }
        return message
    }
}
