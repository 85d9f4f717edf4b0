"""Invented answers of listing and review services, for `benchmarks.parsers`."""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.parsers_answers import day, pages
from benchmarks.parsers_data import GIVEN, WORDS, name, numbers


def google_business(folder: Path, size: int) -> None:
    """Reviews of a listing, fifty to a page."""
    rows = (
        {
            "name": f"accounts/1/locations/2/reviews/r{n}",
            "reviewId": f"r{n}",
            "reviewer": {"profilePhotoUrl": f"https://lh3.googleusercontent.com/a/{n}", "displayName": " ".join(name(n))},
            "starRating": "FIVE",
            "comment": f"{WORDS} {n}",
            "createTime": day(n),
            "updateTime": day(n),
            "reviewReply": {"comment": "Thank you!", "updateTime": day(n)},
        }
        for n in numbers()
    )
    pages(folder, "reviews", size, 50, rows, lambda found: {"reviews": found, "averageRating": 4.9, "totalReviewCount": 10**6})


def google_places(folder: Path, size: int) -> None:
    """Places of a search, each with five reviews."""

    def review(n: int, number: int) -> dict[str, Any]:
        return {
            "name": f"places/P{n}/reviews/r{n}x{number}",
            "relativePublishTimeDescription": "a month ago",
            "rating": 5,
            "text": {"text": f"{WORDS} {number}", "languageCode": "en"},
            "originalText": {"text": f"{WORDS} {number}", "languageCode": "en"},
            "authorAttribution": {"displayName": " ".join(name(n)), "uri": f"https://www.google.com/maps/contrib/{n}/reviews"},
            "publishTime": day(n),
            "googleMapsUri": f"https://www.google.com/maps/reviews/{n}",
        }

    def part(word: str, long: str, short: str) -> dict[str, Any]:
        return {"longText": long, "shortText": short, "types": [word], "languageCode": "en"}

    rows = (
        {
            "id": f"ChIJ{n:023}",
            "types": ["bakery", "food", "point_of_interest"],
            "displayName": {"text": f"Café {n}", "languageCode": "en"},
            "primaryTypeDisplayName": {"text": "Bakery", "languageCode": "en"},
            "formattedAddress": f"{n} Main St, Santa Rosa, CA 95404, USA",
            "addressComponents": [
                part("street_number", str(n), str(n)),
                part("route", "Main Street", "Main St"),
                part("locality", "Santa Rosa", "Santa Rosa"),
                part("administrative_area_level_1", "California", "CA"),
                part("postal_code", "95404", "95404"),
            ],
            "location": {"latitude": 38.4, "longitude": -122.7},
            "rating": 4.6,
            "userRatingCount": 812,
            "googleMapsUri": f"https://maps.google.com/?cid={n}",
            "businessStatus": "OPERATIONAL",
            "reviews": [review(n, number) for number in range(5)],
        }
        for n in numbers()
    )
    pages(folder, "places", size, 20, rows, lambda found: {"places": found})


def foursquare(folder: Path, size: int) -> None:
    """Places of a search, each with tips."""
    rows = (
        {
            "fsq_place_id": f"{n:024x}",
            "latitude": 38.4,
            "longitude": -122.7,
            "categories": [{"fsq_category_id": "4bf58dd8d48988d16a941735", "name": "Bakery", "short_name": "Bakery"}],
            "date_created": "2012-01-05",
            "distance": 10,
            "link": f"/places/{n:024x}",
            "location": {
                "address": f"{n} Main St",
                "locality": "Santa Rosa",
                "region": "CA",
                "postcode": "95404",
                "country": "US",
                "formatted_address": f"{n} Main St, Santa Rosa, CA 95404",
            },
            "name": f"Café {n}",
            "tips": [{"fsq_tip_id": f"{n:020x}{number:04x}", "created_at": day(n), "text": f"{WORDS} {n}"} for number in range(5)],
        }
        for n in numbers()
    )
    pages(folder, "places", size, 50, rows, lambda found: {"results": found, "context": {}})


def zillow(folder: Path, size: int) -> None:
    """Reviews of one profile, two hundred to a page."""
    who = {"RevieweeKey": "X1-ZU1", "RevieweeFullName": "Owner Name", "RevieweeEmail": "owner@example.org"}
    pages(folder, "reviewees", 1, 1, itertools.repeat(who), lambda rows: {"@odata.context": "reviews/$metadata#Reviewees", "value": rows})
    rows = (
        {
            "ReviewKey": f"k{n}",
            "ReviewId": str(n),
            "RevieweeKey": "X1-ZU1",
            "Rating": 5,
            "Description": f"{WORDS} {n}",
            "ReviewerFullName": " ".join(name(n)),
            "ReviewerScreenName": f"user{n}",
            "ReviewDate": day(n),
            "ServiceProvided": "Bought a home",
            "BridgeModificationTimestamp": day(n),
        }
        for n in numbers()
    )
    pages(folder, "reviews", size, 200, rows, lambda found: {"@odata.context": "reviews/$metadata#Reviews", "value": found})


def _property(n: int) -> dict[str, Any]:
    return {
        "ListingKey": f"L{n}",
        "ListingId": str(3 * 10**7 + n),
        "StandardStatus": ("Active", "Closed", "Expired", "Pending")[n % 4],
        "MlsStatus": "ACT",
        "PropertyType": "Residential",
        "PropertySubType": "SingleFamilyResidence",
        "ListPrice": 500_000 + n,
        "OriginalListPrice": 510_000 + n,
        "ClosePrice": 495_000 if n % 4 == 1 else None,
        "CloseDate": "2024-05-01" if n % 4 == 1 else None,
        "OriginalEntryTimestamp": day(n),
        "ModificationTimestamp": day(n),
        "StatusChangeTimestamp": day(n),
        "PriceChangeTimestamp": day(n),
        "StreetNumber": str(n),
        "StreetName": "Main",
        "StreetSuffix": "Street",
        "City": "Santa Rosa",
        "StateOrProvince": "CA",
        "PostalCode": "95404",
        "Latitude": 38.4,
        "Longitude": -122.7,
        "BedroomsTotal": 3,
        "BathroomsTotalInteger": 2,
        "LivingArea": 1850.0,
        "LotSizeSquareFeet": 6000,
        "YearBuilt": 1978,
        "Appliances": ["Dishwasher", "Range", "Refrigerator"],
        "ListAgentKey": f"A{n % 900}",
        "ListAgentFullName": f"{GIVEN[n % 8]} Agent",
        "ListOfficeKey": f"O{n % 90}",
        "ListOfficeName": "Acme Realty",
        "PublicRemarks": f"{WORDS} {WORDS}",
        "PhotosCount": 30,
    }


# What rows of a real MLS have besides, by what stands there; a third of it is empty.
_LISTS = (
    "AccessibilityFeatures ArchitecturalStyle AssociationAmenities AssociationFeeIncludes Basement BodyType BuildingFeatures "
    "BusinessType CommonWalls CommunityFeatures ConstructionMaterials Cooling CurrentUse DevelopmentStatus DoorFeatures Electric "
    "ExteriorFeatures Fencing FireplaceFeatures Flooring FoundationDetails FrontageType Furnished GreenEnergyEfficient Heating "
    "InteriorFeatures LaundryFeatures Levels ListingTerms LotFeatures OtherEquipment OtherStructures ParkingFeatures PatioAndPorchFeatures "
    "PoolFeatures Possession PossibleUse PropertyCondition RoadFrontageType RoadSurfaceType Roof RoomType SecurityFeatures Sewer "
    "ShowingContactType Skirt SpaFeatures SyndicateTo Utilities Vegetation View WaterBodyName WaterfrontFeatures WaterSource WindowFeatures"
).split()
_FLAGS = (
    "AssociationYN AttachedGarageYN BasementYN CarportYN CoolingYN ElectricOnPropertyYN FireplaceYN GarageYN HeatingYN HomeWarrantyYN "
    "HorseYN IDXParticipationYN InternetAddressDisplayYN InternetAutomatedValuationDisplayYN InternetConsumerCommentYN "
    "InternetEntireListingDisplayYN LandLeaseYN NewConstructionYN OpenParkingYN PoolPrivateYN PropertyAttachedYN SeniorCommunityYN "
    "SignOnPropertyYN SpaYN ViewYN WaterfrontYN"
).split()
_NUMBERS = (
    "AboveGradeFinishedArea AssociationFee BathroomsFull BathroomsHalf BelowGradeFinishedArea BuildingAreaTotal CarportSpaces "
    "CoveredSpaces CumulativeDaysOnMarket DaysOnMarket DocumentsCount ElevationFeet FireplacesTotal GarageSpaces LotSizeAcres "
    "LotSizeArea MainLevelBedrooms NumberOfUnitsTotal OpenParkingSpaces ParkingTotal RoomsTotal Stories StoriesTotal TaxAnnualAmount "
    "TaxAssessedValue TaxYear VideosCount WalkScore YearBuiltEffective"
).split()
_TEXTS = (
    "AssociationName AssociationPhone BuilderName BuildingName BuyerAgentEmail BuyerAgentFirstName BuyerAgentFullName BuyerAgentLastName "
    "BuyerOfficeKey BuyerOfficeMlsId BuyerOfficeName BuyerOfficePhone CarrierRoute CoListAgentEmail CoListAgentFullName CoListAgentKey "
    "CoListAgentMlsId CoListOfficeKey CoListOfficeName ConcessionsComments CopyrightNotice Country CountyOrParish CrossStreet Directions "
    "Disclaimer Disclosures ElementarySchool ElementarySchoolDistrict Exclusions HighSchool HighSchoolDistrict Inclusions "
    "ListAgentDirectPhone ListAgentEmail ListAgentFirstName ListAgentLastName ListAgentMlsId ListAgentOfficePhone ListAgentURL "
    "ListOfficeEmail ListOfficeMlsId ListOfficePhone ListOfficeURL LotSizeDimensions LotSizeUnits MLSAreaMajor MLSAreaMinor MapCoordinate "
    "MiddleOrJuniorSchool MlsStatusText Model OriginatingSystemKey OriginatingSystemName Ownership ParcelNumber PrivateRemarks "
    "ShowingContactName ShowingContactPhone ShowingInstructions SourceSystemKey SourceSystemName StreetDirSuffix StreetSuffixModifier "
    "SubdivisionName SyndicationRemarks TaxBlock TaxLegalDescription TaxLot TaxMapNumber TaxTract Topography Township UnitNumber "
    "UnparsedAddress VirtualTourURLBranded VirtualTourURLUnbranded Zoning ZoningDescription"
).split()
_MOMENTS = "ContingentDate DocumentsChangeTimestamp MajorChangeTimestamp OnMarketTimestamp PendingTimestamp PhotosChangeTimestamp".split()


def _wide_property(n: int) -> dict[str, Any]:
    row = _property(n) | {"PublicRemarks": f"{WORDS} {WORDS}\n" * 4}
    kinds = ((_LISTS, ["Public", "SeeRemarks"]), (_FLAGS, n % 2 == 0), (_NUMBERS, n % 900), (_TEXTS, f"{WORDS[:24]} {n}"))
    for names, value in kinds:
        row |= {name: None if (n + place) % 3 == 0 else value for place, name in enumerate(names)}
    for place, moment in enumerate([*_MOMENTS, "ModificationTimestamp", "StatusChangeTimestamp", "OriginalEntryTimestamp"]):
        row[moment] = f"2024-0{place % 9 + 1}-{n % 28 + 1:02}T{n % 24:02}:{n // 24 % 60:02}:{n // 1440 % 60:02}.{n % 1000:03}Z"
    row["Media"] = [
        {"MediaKey": f"{n}-{order}", "Order": order, "MediaURL": f"https://cdn.example.com/{n}/{order}.jpg"} for order in range(20)
    ]
    row["Rooms"] = [
        {"RoomKey": f"{n}-{order}", "RoomType": "Bedroom", "RoomLevel": "Main", "RoomDimensions": "12x14"} for order in range(6)
    ]
    return row


def reso_wide(folder: Path, size: int) -> None:
    """One page of listings with all that an MLS sends: some 230 fields, photos and rooms."""
    context = "https://api.example-mls.org/reso/odata/$metadata#Property"
    pages(folder, "wide", size, 1000, map(_wide_property, numbers()), lambda rows: {"@odata.context": context, "value": rows})


def reso(folder: Path, size: int) -> None:
    """A third each: one large page, a file with a listing to a line, and the Common Format."""

    def text(rows: Iterator[dict[str, Any]], before: str, between: str, after: str, file: str) -> None:
        with (folder / file).open("w", encoding="utf-8") as out:
            written = out.write(before)
            for number, row in enumerate(rows):
                written += out.write((between if number else "") + json.dumps(row))
                if written >= size // 3:
                    break
            out.write(after)

    context = "https://api.example-mls.org/reso/odata/$metadata#Property"
    text(map(_property, numbers()), f'{{"@odata.context": "{context}", "value": [', ",\n", "]}", "page.json")
    text(map(_property, itertools.count(10**7)), "", "\n", "\n", "listings.ndjson")
    head = '{"@reso.context": "urn:reso:metadata:2.0:resource:property", "value": ['
    text(map(_property, itertools.count(2 * 10**7)), head, ", ", "]}", "common_format.json")


def spark(folder: Path, size: int) -> None:
    """Envelopes of listings and of contacts."""

    def wrapped(rows: list[Any]) -> Any:
        return {"D": {"Success": True, "Results": rows, "Pagination": {"TotalRows": 10**6, "PageSize": 25, "CurrentPage": 1}}}

    def row(n: int) -> dict[str, Any]:
        fields = _property(n)
        fields["BedsTotal"], fields["BathsTotal"] = fields.pop("BedroomsTotal"), fields.pop("BathroomsTotalInteger")
        return {"Id": fields["ListingKey"], "ResourceUri": f"/v1/listings/{n}", "StandardFields": fields}

    pages(folder, "listings", size // 2, 25, map(row, numbers()), wrapped)
    contacts = (
        {
            "Id": f"2010{n:022}",
            "ResourceUri": f"/v1/contacts/{n}",
            "DisplayName": " ".join(name(n)),
            "GivenName": name(n)[0],
            "FamilyName": name(n)[1],
            "PrimaryEmail": f"p{n}@example.org",
            "PrimaryPhoneNumber": f"707-555-{n % 10_000:04}",
            "Tags": ["Navy"],
            "ModificationTimestamp": day(n),
        }
        for n in numbers()
    )
    pages(folder, "contacts", size // 2, 25, contacts, wrapped)


LISTINGS: dict[str, Callable[[Path, int], None]] = {
    "google-business": google_business,
    "google-places": google_places,
    "foursquare": foursquare,
    "zillow": zillow,
    "reso": reso,
    "reso (wide)": reso_wide,
    "spark": spark,
}
