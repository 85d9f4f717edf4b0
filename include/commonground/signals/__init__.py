"""Listings, inquiries, showings, deals and CRM stages → dated evidence of need, with the transactions that end it."""
