curl -X POST "$BASE/sessions/$SESSION/messages/send-location" \
  -H "X-API-Key: $API_KEY" \
  -H "Content-Type: application/json" \
  -d '{
    "chatId": "6281234567890@c.us",
    "latitude": -6.2088,
    "longitude": 106.8456,
    "description": "Jakarta",
    "address": "Central Jakarta"
  }'
