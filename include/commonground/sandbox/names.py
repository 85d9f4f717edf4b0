"""Name stock of the invented town: given names with their nicknames, family names, employers, jobs, credentials."""

# given name -> what friends say; accents are part of the stock, exports garble them
GIVEN: dict[str, tuple[str, ...]] = {
    "Robert": ("Bob", "Rob"), "William": ("Bill", "Will"), "Elizabeth": ("Liz", "Beth", "Betsy"), "Margaret": ("Maggie", "Peggy", "Meg"),
    "Katherine": ("Kate", "Kathy"), "Patricia": ("Pat", "Trish"), "Michael": ("Mike",), "James": ("Jim", "Jimmy"), "Richard": ("Rick", "Dick"),
    "Susan": ("Sue",), "Jennifer": ("Jen", "Jenny"), "Christopher": ("Chris",), "Thomas": ("Tom",), "Deborah": ("Debbie", "Deb"),
    "Steven": ("Steve",), "Anthony": ("Tony",), "Rebecca": ("Becky",), "Theodore": ("Ted", "Theo"), "Charles": ("Charlie", "Chuck"),
    "Edward": ("Ed", "Eddie"), "Joseph": ("Joe",), "Daniel": ("Dan",), "Matthew": ("Matt",), "Andrew": ("Andy", "Drew"), "Samuel": ("Sam",),
    "Victoria": ("Vicky", "Tori"), "Alexandra": ("Alex", "Sandy"), "Benjamin": ("Ben",), "Gregory": ("Greg",), "Kenneth": ("Ken",),
    "Barbara": ("Barb",), "Cynthia": ("Cindy",), "Pamela": ("Pam",), "Jacqueline": ("Jackie",), "Lawrence": ("Larry",), "Ronald": ("Ron",),
    "Timothy": ("Tim",), "Nicholas": ("Nick",), "Jonathan": ("Jon",), "Abigail": ("Abby",), "Frederick": ("Fred",), "Gabriela": ("Gaby",),
    "Francisco": ("Paco", "Frank"), "Guadalupe": ("Lupe",), "Eleanor": ("Ellie", "Nora"), "Philip": ("Phil",), "Raymond": ("Ray",),
    "John": ("Jack",), "Mary": (), "Linda": (), "Karen": (), "Paul": (), "Mark": (), "Laura": (), "Anna": (), "Carol": (), "Diane": (),
    "Eric": (), "Brian": (), "Kevin": (), "Grace": (), "Helen": (), "Ruth": (), "Martin": (), "Oscar": (), "Simon": (), "Teresa": (),
    "Wanda": (), "Yvonne": (), "Hector": (), "Ivan": (), "Julia": (), "Monica": (), "Naomi": (), "Priya": (), "Ravi": (), "Mei": (),
    "Hiro": (), "Keiko": (), "Linh": (), "Thanh": (), "Fatima": (), "Omar": (), "Aisha": (), "Kwame": (), "Sven": (), "Ingrid": (),
    "Bridget": (), "Declan": (), "Marguerite": (), "Lucien": (), "Delphine": (), "Amos": (), "Odessa": (), "Clarence": (), "Lorraine": (),
    "José": ("Pepe",), "María": (), "Renée": (), "Žanna": (), "Zoë": (), "Björn": (), "Søren": (), "François": (), "Radosław": ("Radek",), "Begoña": (),
}  # fmt: skip

FAMILY = tuple(
    """Abbott Acosta Aldridge Alvarez Amador Anders Archer Arceneaux Atwood Avila Babineaux Bainbridge Barrera Bauer Beaumont Becker Bellamy Benoit
    Bianchi Blackwood Boudreaux Bowen Bradshaw Brandt Broussard Burgess Cabrera Calloway Cardoza Carlisle Castro Chandler Chavez Chen Choi Cisneros
    Clement Cordova Crowley Dalton Davila Delacroix Delgado Desjardins Dixon Doherty Donnelly Dorsey Drummond Duarte Dubois Eastman Eklund Ellison
    Espinoza Esposito Fairbanks Faulkner Ferrari Fitzgerald Fontenot Forsythe Foster Galindo Gallagher Garza Gentry Giordano Goldberg Granger Guidry
    Gustafson Hadley Haines Halloran Hanley Hargrove Hashimoto Haywood Hendricks Herrera Holloway Huang Hutchins Ibarra Ingram Iverson Jacobsen Jarvis
    Jimenez Kaplan Kapoor Kaufman Keller Kendrick Khan Kimura Kowalski Krueger Lambert Landry Larkin Lattimore Lawson LeBlanc Lindqvist Lombardi Lowell
    Lozano Macias Madsen Maguire Marchetti Marlowe Mathis McAllister McBride McCready Medina Melancon Mercer Mendoza Middleton Molina Montoya Moreau
    Mueller Nakamura Navarro Nguyen Nolan Norwood Novak Oakley Obrien Okafor Olsen Ortega Osborne Pacheco Padilla Paquette Parrish Patel Pelletier
    Pennington Perrault Pham Pritchard Quigley Quintero Radford Ramsey Rasmussen Redmond Reyes Richter Rinaldi Robichaux Rosales Rossi Rutherford
    Salazar Sandoval Savoie Schaefer Serrano Sheridan Shimizu Sinclair Singh Solis Sorensen Stanton Stoddard Sutton Takahashi Tanaka Thatcher
    Thibodeaux Thornton Tierney Tolliver Tran Trujillo Underwood Upton Valdez Valencia Vance Vega Villanueva Wagner Wakefield Walsh Weaver Weber
    Whitaker Wilkerson Winslow Wong Woodruff Yamamoto Yates York Zamora Zeller García Muñoz Peña Núñez Šimić Kovač Łukasik""".split()
)

EMPLOYERS = (
    "Redwood Orchard Supply", "Laguna Dental Group", "Sutter Creek Brewing", "Golden Hills Credit Union", "North Bay Robotics", "Vine & Barrel Logistics",
    "Harvest Moon Foods", "County Office of Education", "Creekside Veterinary Clinic", "Pacific Tool & Die", "Bluebird Software", "Laurel Street Books",
    "Summit Physical Therapy", "Marigold Landscaping", "Cascade Insurance Partners", "Harbor Light Media", "Ironwood Construction", "Beacon Analytics",
    "Riverbend School District", "Alder & Ash Architects", "Juniper Health", "Compass Rose Travel", "Tidewater Electric", "Hummingbird Labs",
)  # fmt: skip
TITLES = (
    "Accountant", "Teacher", "Nurse", "Project Manager", "Software Engineer", "Electrician", "Sales Director", "Winemaker", "Attorney", "Architect",
    "Physical Therapist", "Operations Manager", "Graphic Designer", "Veterinarian", "Bookkeeper", "Contractor", "Chef", "Data Analyst", "Principal",
    "Dentist", "Loan Officer", "Marketing Manager", "Buyer", "Plumber",
)  # fmt: skip
CREDENTIALS = ("CPA", "MBA", "PhD", "PMP", "RN", "Esq.", "SHRM-CP", "P.E.")
MAIL_DOMAINS = ("mail.example.com", "post.example.net", "inbox.example.org", "letters.example.com", "home.example.net")
BUSINESSES = (
    ("Cobble Creek Plumbing", "info@cobblecreekplumbing.example.com"), ("Three Oaks Title", "info@threeoakstitle.example.com"),
    ("Sunrise Roofing", "office@sunriseroofing.example.net"), ("Bay Laurel Inspections", "hello@baylaurel.example.org"),
    ("Golden Key Locksmiths", "info@goldenkey.example.com"), ("Valley Home Lending", "info@valleyhomelending.example.net"),
    ("Fresh Coat Painters", "sales@freshcoat.example.org"), ("Green Thumb Landscape Co.", "info@greenthumbco.example.com"),
)  # fmt: skip
