SELECT * FROM listing_event
