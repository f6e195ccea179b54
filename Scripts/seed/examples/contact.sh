curl -X POST "$BASE/sessions/$SESSION/messages/send-contact" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "chatId": "6281234567890@c.us",
    "contactName": "John Doe",
    "contactNumber": "628987654321"
  }'
