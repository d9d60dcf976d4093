/**
 * The most common passwords and what they are made of, in small letters without the digits and signs
 * at their ends: from the public list of 20,000 that Django also uses (Royce Williams, after Mark
 * Burnett and Have I Been Pwned), and French ones. Read once, offline.
 */
export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(
  `
000000000000 010203040506 0r968ji9ufj6 102030405060 111111111111 111111111111111 112233445566
123123123123 123321123321 123456123456 123456654321 123456789000 12345678900987654321 1234567890123
12345678901234567890 1234567890987654321 1234567891011 123456789101112 123456789123 123456789123456
1234567891234567 123456789123456789 12345678987654321 123456789987654321 123456789abc 123456789asd
123456789qaz 123456789qwe 123admin321a 123qwe123qwe 159753159753 1q2w3e4r5t6y 1q2w3e4r5t6y7u
1q2w3e4r5t6y7u8i 1q2w3e4r5t6y7u8i9o 1q2w3e4r5t6y7u8i9o0p 1qaz2wsx3edc 1qaz2wsx3edc4rfv 1qazxsw23edc
aaaa aaaaa aaaaaa aaaaaaa aaaaaaaa aaaaaaaaaa aaliyah aaron abc123456789 abcabc abcd abcde abcdef
abcdefg abcdefgh abcdefghij abdullah abhishek abigail abracadabra abraham abrakadabra access accord
account acmilan action adam addison adgjm adgjmp adgjmptw adidas aditya admin administrateur
administrator adrian adriana adriano adrien adventure aerosmith aezakmi africa again agent agnieszka
agosto agustin ahmed aiden airborne airforce airplane akatsuki akopa alabama alaska albert alberto
albina alejandra alejandro aleksandr aleksandra aleksey alenka alessandra alessandro alessia alessio
alex alexalex alexander alexandr alexandra alexandre alexandria alexandru alexia alexis alfaromeo
alfonso alfred alfredo algerie aliali alibaba alice alicia alina alinka alisha alison alladin allah
allen allison allstar almighty almond alonso alpha alpine alucard alvaro always alyssa amadeus
amalia amanda amandine amarillo amazing amber amelia amelie america american amerika amigos amorcito
amore amoremio amores amour amours amsterdam anaconda anakin anamaria anarchy anastasia anastasiya
anderson andonly andre andrea andreas andreea andrei andres andrew andrey andromeda andy angel
angela angelbaby angeles angelica angelika angelina angelique angelito angelo angels angie anhyeuem
animal animals anime anita anjali anjing anna annabelle annamaria anne annette annie anthony antoine
anton antonella antonia antonio antony anubis anything aobo aout apache apollo apple applepie apples
april aquarius aqwzsx arabella24630 aragorn archana archer archie area argentina ariana arianna
ariel arizona arlene armagedon armando armani arnaud arnold arschloch arsenal artemis artemka arthur
artist arturo asasas asdasd asdasdasd asddsa asdf asdfasdf asdfg asdfgh asdfghj asdfghjk asdfghjkl
asdfjkl asdfzxcv asdqwe asdzxc ashish ashlee ashleigh ashley ashton aspire aspirine asroma assass
assassin asshole assman asterix astonvilla astrid athena atlanta atlantis attila attitude aubrey
auburn audia audrey august aurelie aurora aussie austin australia automne autumn avalon avatar avril
avrillavigne awesome awful axio ayesha azamat azerty azertyui azertyuiop azertyuiopq azsxdc azsxdcfv
aztnm babatunde babe babies baby babybaby babyblue babyboo babyboy babycakes babydoll babyface
babygirl babygurl babyko babylon babylove babyphat bacardi bacchus backend backspace badass badboy
badger badgirl badminton badoo bagira bailey baker balaji balance baller ballet ballin balls bambam
bamboo banana bananas banane bandit bangalore bangladesh barbara barbie barcelona barney barsik
bartek baseball basket basketball bastard batista batman battle baxter bayern bball bbbbbb beach
beagle beaner beanie bear bearbear bears bearshare beast beatles beatrice beatriz beautiful beauty
beaver beavis beckham becky beer beethoven beetle behappy believe belinda bella belle beloved benben
bender benfica benito benjamin benji bennett benny benoit benson bentley berlin bernadette bernard
bernardo bernie bertha best bestfriend bethany better betty bettyboop beverly beyonce bhbirf bianca
bienvenue bigboss bigboy bigdaddy bigdick bigdog bigfoot biggie bighead bigmac bigman bigmoney
bigred bigtits bilan bill billabong billie billy billybob bingo bintang biology bionicle birdie
birthday biscuit bishop bismillah bitch bitchass bitches bitchy biteme blabla blablabla black
blackberry blackbird blackcat blackdog blackie blackjack blackrose blacky blades blah blahblah blake
blanca blasted blaster blaze blazer bleach blessed blessing blessings blink blizzard blonde blondie
blood bloods bloody blossom blowjob blowme blue blueberry bluebird blueeyes bluefish bluemoon
bluesky bobbie bobbob bobby bobcat bobmarley bobo bogdan bollocks bomber bonbon bond bonita bonjour
bonjovi bonnie boobies booboo boobs booger boogie boomboom boomer boots booty bordeaux boricua boss
boston boubou bowling bowwow boxcar boxing bozo bradley brandi brandon brandy brasil bratz
braveheart braves brayden brazil breanna brenda brendan brian briana brianna bridget bright brighton
brigitte britney britt brittany brittney broadway broken bronco broncos brooke brooklyn brooks
brother brothers brown brownie bruce brucelee bruno brutus bryan bryant bscirc bubba bubble
bubblegum bubbles buckeye buckeyes buddha buddy buddyboy budlight budweiser buffalo buffy bugsbunny
bulldog bulldogs bullet bullshit bumblebee bunny bureau burger burrito burton bushido business
busted buster butter buttercup butterfly butthead button buttons cabinet caca cachet cactus cadillac
caesar cafemom caitlin caleb california calimero callie callofduty callum calvin camaro camaroz
cambiami camera camero cameron camila camilla camille camilo campbell canada cancer candice candy
candyman cannabis cannon cantik cantona canyon caprice capricorn capslock captain caramel caramelo
carbon cardinal cardinals carebear career carina carla carlitos carlo carlos carlotta carmel carmela
carmelo carmen carol carole carolina caroline carolyn carpediem carrie carrot carson carter cartman
cartoon casablanca casanova casey cashmoney casino casper cassandra cassidy cassie castillo castle
castro catalina catania catarina catcat catch catdog caterina catfish catherine cathy cats cavalier
cavallo cccccc cdtnkfyf cecile cecilia cedric celeron celeste celine cellphone celtic celtics cent
center central cepetsugih certificat cfitymrf cgfhnfr chacha champ champion chance chandler chandra
chanel change changeme changezmoi chantal charger chargers charity charlene charles charley charlie
charlotte charly charmed chase cheater cheche cheer cheese cheesecake cheetah chelsea chelseafc
chemical chemistry cherokee cherry cheryl chester cheval chevelle chevrolet chevy cheyenne chiara
chicago chicco chichi chicken chickens chico children china chipie chipper chiquita chivas chloe
chocolat chocolate chopper chosen chouchou choupette chris chrisbrown chrissy christ christian
christina christine christmas christophe christopher christy chronic chubby chuck chucky church ciao
ciaociao ciccio cinderella cindy cinema cinnamon cinta cintaku citroen cjkysirj cjkywt cjmasterinf
claire clarence clarinet class classic classof claude claudia claudio clayton clement cleopatra
cleveland clifford clinton cloud clover clowns cnjqrf cobra cocacola coco cocoa coconut cody coffee
coldplay coleman colleen college collin collins colombia colorado colt colton columbia combat123654
comeer comeon comfort coming commando compaq compta comptabilite comptable computer confidentiel
confused connect conner connie connor conrad conseil contact control converse cookie cookiemonster
cookies cool coolcat coolcool cooldude cooler coolgirl coolguy coolio coolman cooper copper corazon
corey corinne corona correctbatteryhorsestaple correcthorsebatterystaple corvette cosmo cosmopolitan
cosmos cotton coucou cougar counter counterstrike country coupon coupons courage courtney cowboy
cowboys cowgirl coyote cracker crazy creative cricket cricri crimson cristal cristian cristiano
cristina cristo croec crystal cthutq cubs cucciolo cuddles cupcake curtis cute cuteako cutegirl
cutie cutiepie cxfcnmt cynthia dadada daddy daddysgirl daisy dakota dalejr dallas dalton damian
damien damilola dance dancer dancing dandan danger dangerous danica daniel daniela daniele daniella
danielle daniels daniil danila danilo danny dannyboy dante daphne daredevil darius darkangel
darkness darkside darkstar darlene darling darren darwin dating daughter dauphin dave david davide
davids dawson dbrnjhbz dddd dddddd deadman deanna dearbook death deathnote debbie debora deborah
december decembre deedee deejay deepak defender deftones delete delfin dell delphine delpiero delta
demo demon demon1q2w3e4r demon1q2w3e4r5t demons denis denise deniska dennis denver derek derrick
desert design designer desire desiree desmond destiny destroy detroit devil devils devin devon
dexter dfcbkbq dfg5fhg5vgfh1 dfkthbz dfkthf dfktynbyf dfvgbh dharma diablo diamante diamond diamonds
diana diane dianne dick dickhead diego diesel dietcoke digger digimon digital dillon dima dimanche
dimitri dimple dimples dinamo dingdong dinosaur diosesamor diosesfiel dipset director dirtbike
discovery disney disturbed divine diwtgm dixie dkflbckfd dkflbvbh dmitriy doberman doctor dodge
dodger dodgers dogdog doggie doggy dogs dollar dolores dolphin dolphins domenico domingo dominic
dominican dominik dominika dominique domino donald dondon donkey donna donnie donovan doodle dookie
doomsayer.2.7mords.v doomsayer.2.7mords.vv doraemon dorian dorothy dortmund doudou douglas download
dpbk dracula dragon dragonball dragonballz dragonfly dragons dragoon dream dreamer dreams driver
drjynfrnt drowssap drpepper drummer dthjybrf dublin ducati duchess dude dudley duke dumbass duncan
dupont durango dustin dusty dwade dylan eagle eagles eastside easy eatshit eclipse eddie edison
eduard eduardo education edward edwardcullen eeeeee eeyore egalite eileen einstein ekaterina elaine
eleanor electra electric elefante element elena eleonora elephant eleven elijah elisabeth elizabeth
ellie elliot elliott elmo elodie elvira elvis email emanuel emanuele emerald emerson emilia emiliano
emilie emilio emily eminem emma emmanuel empire energy engineer england english enigma enrico
enrique enter enterprise entreprise entropy eragon eric erica ericka ericsson erika ernest ernesto
escape escort esmeralda esperanza esteban estelle esther estrela estrella estrellita eternity ethan
etoile eugene eunice eureka europa evangelion evelyn everest evergreen everton evgeniy evildick
evolution evony excalibur exigent expert expertcomptable expertscomptables explorer express extreme
ezekiel11991 fabian fabiola fabrizio fabulous facebook faggot faith faithful fake falcon falcons
fallen fallen_angel fallout familia familiyafamiliya family familyguy famous fantasy farfalla farmer
fashion faster fatass fatboy fatcat father fatima fatman fatty favour february federica federico
felicia felicidad felicidade felipe felix fellow fender fenerbahce ferari fernanda fernandez
fernando ferrari ferret fevrier ffffff fgtkmcby ficken fiesta figaro fighter filippo finalfantasy
fire fireball firebird firefly firefox fireman fish fisher fishing fitness fktrcfylh fktrcfylhf
fktrctq flamengo flames flamingo flash flatron fletcher flipper florence flores florian florida
flower flowers fluffy flyers flying fondoom football ford fordf forest forever forget forgot formula
fortuna fortune forzamilan fossil foster fountain foxpass france frances francesca francesco
francine francis francisco franco francois frank frankie franklin franky fraternite freak freaky
freckles fred freddie freddy frederic frederick fredfred free freebird freedom freeman freestyle
french fresh friday friend friends friendship friendster frogger froggy front frosty fuck fucker
fuckface fuckfuck fucking fuckit fucklove fuckme fuckoff fuckthis fucku fuckyou fuku funny fusion
fussball futbol future fyfcnfcbz fylhtq fytxrf fyutkbyf g13916055158 gabby gabriel gabriela gabriele
gabriella gabrielle gagged galatasaray galaxy galina gambit gameboy gamecube gameover games ganda
gandako gandalf ganesh ganesha gangsta gangster ganteng garcia garden garfield garrett gateway
gatita gatito gator gators gaurav gavin gbpltw gegcbr geheim gemini general genesis genius george
georgia georgie georgina gerald geraldine gerard gerardo german germany geronimo gerrard gertrude
getmoney gettherefast gfhjkm gfhjkmgfhjkm gggggg ghbdtn ghbdtnbr ghbdtnrfrltkf ghetto ghhh47hj7649
ghjcnj ghost gianluca gianni giants gibson giggles gilbert gillian ginger giorgia giorgio giovanna
giovanni giraffe girl girlfriend girls giulia giuseppe gizmo gjkbyf gladiator gladys glitter global
gloria goblin goblue godbless goddess godfather godisgood godisgreat godislove godzilla gogogo
goldberg golden goldfish goldie golf golfcourse golfer gonzales gonzalez goober good goodboy goodbye
goodgirl goodluck goodman goodness goofy google googletester gordon gorgeous gorilla gothic gotohell
grace gracie graham grandma grandpa granny grapes gratis great green greenday gregor gregory
gretchen griffin grizzly groovy groupd grumpy gsxr guadalupe guardian guest guigui guillaume
guillermo guinness guitar gundam gunit gunner gunners gustavo gwerty habibi hacker haha hahaha
hahahaha hailey hakr haley halflife hallo halloween halo hamburg hamilton hamlet hammer hamster
handball handsome hanna hannah hannahmontana hannibal hanson hanuman happiness happy happyday
happydays hardcore hariom harley harmony harold harris harrison harry harrypotter harvey hassan
haters hawaii hawkesbury93 hawkeye hayabusa hayden hayley health heart hearts heather heaven heckfy
hector hehehe hejsan helena helene hell hellboy hellfire hello hellohello hellokitty helloo
hellothere helloworld hellsing help helpme hendrix henry hentai herbert herbie hercules herman
hermes hermione hermosa hernandez heroes hershey heslo hesoyam heterosexual heyhey hfjdk hhhhhh
higgins highheel highlander hihihi hilary hiphop history hithere hitler hitman hiver hjvfirf hobbes
hobbit hockey hohoho hola holahola holden holiday holla holland hollie hollister holly hollywood
home homelesspa homer honda hondacivic honduras honest honesty honey honeybee honeyko hongkong
hookem hooters hoover hope hornet horny horse horses hotboy hotdog hotgirl hotmail hotmama hotrod
hotshot hotstuff hottie hotties hotty house houston howard http hubert hudson hughes huhbbhzu hummer
hunter hunting hurricane hussain iamcool iamnumber iamthebest ibanez ibrahim icecream icehouse
iceman ichliebedich idontknow iforgot igor ihatethisgame ihateu ihateyou ilaria ilikepie illinois
ilove ilovechris ilovegod iloveher ilovehim ilovejesus iloveme ilovemom ilovemusic ilovemyfamily
ilovemymom ilovemyself ilovesex iloveu iloveyou iluvu imagine imcool imissyou immortal impala
imperial imyaimyaimya inactive1996aug incorrect incubus india indian indiana indigo indonesia
inferno infiniti infinity info information ingodwetrust ingrid inlove innocent insane insanity
insert inside integra inter interests international internazionale internet inuyasha invite iphone
ireland irene irina irish irock ironmaiden ironman isaac isabel isabella isabelle isaiah island
ismael ismail israel istanbul italia iubire ivan ivanov ivanova iverson jack jackass jacket jackie
jackjack jackson jacob jacobs jacqueline jacques jade jaguar jaimatadi jajaja jakarta jakcgt jake
jakjak jamaica james jamesbond jamie janelle janice janine janjan january janvier jared jasmin
jasmine jason jasper javier jayden jayjay jayson jazmin jazmine jazzy jean jeanette jeanne jeff
jefferson jeffery jeffhardy jeffrey jehovah jellybean jenifer jenjen jenna jennie jennifer jenny
jeremiah jeremy jericho jermaine jerome jerry jersey jerusalem jesse jessica jessie jester
jesucristo jesus jesuschris jesuschrist jesusfreak jesusis jesusislord jesuslovesme jesuss
jesussaves jetaime jeter jeudi jewels jillian jimbob jimmy jjjjjj jkiuztdftl57 jktymrf joanna joanne
joaquin jobs jobsearch jocelyn joejoe joejonas joel joey johanna johannes john john!20130605at1753
johncena johndeere johnjohn johnny johnson jojo jojojo joker jonas jonathan jones jonjon jordan
jorge jose joseluis joseph josephine josh joshua journey joyce joyjoy jrcfyf juancarlos juanita
juanito judith juggalo juicy juillet juin julia julian juliana julie julien juliet juliette julius
jumper jumpman jundian2011xr june junebug jungle junior junjun jupiter justdoit justice justin
justinbieb justinbieber justine justme juventus kaiser kaitlyn kaka kakashi kakashka kaktus
kamasutra kamikaze kamila kangaroo kansas karachi karate karen karina karine karolina
kartoffelpuffer kasper katana katarina kate katelyn katerina katherine kathleen kathmandu kathryn
kathy katie katrin katrina kawasaki kaykay kayla kaylee kayleigh kayode keeper keith kelly kelsey
kelvin kendall kendra kenken kennedy kenneth kenny kenshin kent kentucky kenzie kermit kevin
keyboard khalid khushi kickass kicker kieran kikeunyw kiki kill killa killbill killer killers killme
kimberly kimkim kinder king kingdom kingking kingkong kingsley kingston kipper kirill kirsten kiss
kisses kisskiss kissme kissmyass kitkat kitten kittens kitty kittycat kittykat kjkszpj kkkkkk
kkkkkkk kkkkkkkk klaster kleopatra knackwurst8853 knight knights knopka kobe kodiak kokoko kolobok
komputer konstantin kontakt kontol koolaid kosama koshka kosmos kotenok kramer krasotka krishna
krista kristen kristi kristian kristin kristina kristine kristy krystal ktyjxrf kucing kurt kyle
labrador lacoste lacrosse lady ladybug ladygaga laetitia laguna lahore lakers lakshmi lala lalala
lalalala lamborghini lampard lancelot lancer landon lane laptop larisa larissa larry lassie lastfm
lasvegas latina latino laura laurel12creek lauren laurence laurent laurie lavender lawrence lawyer
layout layouts leandro leanne leavemealone lebron leelee legend legion legolas leliane50934 lemonade
lemons lena lennon leonard leonardo leonie leopard lesbian leslie lestat lester leticia letmein
letter lewis lexmark libero libertad liberte liberty library life lifesucks lighthouse lightning
lightpower12345 lights lilian liliana lille lillian lilly lilmama lilman lilwayne lincoln linda
lindsay lindsey lineage linked linkedin linkin linkinpark lionel lionheart lionking lisa little
littleman livelife liverpool lizard lizottes lizzie lizzy lkjhgfdsa llllll lobster logan logitech
lokomotiv lola lolipop lolita lollipop lollol lollypop lolo lololo london lonely lonewolf longhorn
longhorns looking loredana lorena lorenzo lorraine losangeles loser louis louise loulou louloute
lourdes love lovebug loved lovegod lovehurts loveislife loveless lovelife lovelove lovelovelove
lovely loveme lover loverboy lovergirl lovers loves lovesucks loveu loveya loveyou loving lovingyou
lowrider lucas luciana luciano lucifer lucky luckydog lucy ludmila luis lukas luke lulu luna lundi
lupita lvbnhbq lydcc20091314 lyon m01759766727 machine mackenzie macmac madagascar madden maddie
maddog maddy madeleine madeline madina madison madman madmax madness madonna madrid maestro mafalda
maganda magdalena maggie magic magnet magnolia magnum magnus mahal mahalkita mahalko mahesh maiden
maison makaveli makayla maksim malaga malaysia malcolm maldita malibu malika malina mallory mama
mamama mamamama mamamia maman mamapapa mamita mamma mammamia mamour manager manchester
manchesterunited mandy mango manila manish manisha mankind manman manny manolo manson manuel manuela
manunited manutd maprchem maradona marathon marcel marcela marcelo marcia marcin marco marcos marcus
mardi marek14michal margaret margarita margot maria mariah mariam marian mariana marianna marianne
mariano maribel marie mariel marijuana marika marilyn marina marine marines marino mario marion
mariposa marisa marisol marissa marius marjorie mark market marketing markus marlboro marlene marley
marlon maroon married mars marseille marshall marta martha martin martina martine martinez martini
marvel marvin mary maryam maryann maryjane mason massage massimo master mastermind masters matador
mate matematica mateusz matheus mathew mathias mathieu mathilde matias matilda matilde matrix matt
matteo matthew matthias mattia mattie maureen maurice mauricio maurizio maverick maxima maxime
maximilian maximus maxine maxmax maxwell mayday maymay mazda mazdarx mckenzie meandyou meatball
mechanical medicine medina medion mega_pizdetz666 megadeth megaman megan megane megaparol megasecret
meghan mehmet melanie melina melinda melisa melissa melody melvin member mememe memory memphis
mendoza meowmeow mercedes mercredi mercury meredith merlin mermaid mersedes messenger messi metal
metallica mexican mexico mhine miami miamor michael michaela michaeljackson michal micheal michel
michele michelle michigan mickey mickeymouse microlab microsoft midnight mierda migrationschool
miguel mihaela mihail mike mikey milagros milan milana milano milena miley milkshake miller millie
million millwall milton mimi mine minecraft minerva minime minnie miracle mirage miranda miriam
mishka misiek mission mississippi missy mister misty mitchell mittens mmmmmm mmmmmmmm mnbvcx mnbvcxz
mobile moderncombat mohamed mohammad mohammed moimoi mollie molly moloko momdad momma mommy momo
momof monaco monalisa monamour monday mondeo money moneymaker moneyman moneys mongoose monica monika
monique monitor monkey monkeys monmotdepasse monopoly monroe monster montana montgom montpellier
montreal monty moocow mookie moomoo moon moonlight moose morales morena moreno morgan morgane
morning morpheus morris morrison moscow motdepasse motdepassefort mother motherfucker motherlode
motocross motorola mountain mouse movies mozart mudar muffin muhammad multiplelog mumbai mummy
munchkin murphy murray mushroom music musica musicman musique muslim mustafa mustang mustangs
myangel mybaby myboys myfamily mykids mylife mylord mylove mymother myname mynoob mypassword myself
myspace mystery nadia nadine namaste nana nancy nantes napoleon napoli naruto nascar nasty nastya
natali natalia natalie natalya natasha nathalie nathan nathaniel natiichen999 national nature
naughty needforspeed nellie nelly nelson nemesis neptune netlog network networking nevaeh never
neveragain nevermind newcastle newjob newlife newman neworleans12345 newpass newpassword newport
newton newyork nfnmzyf nguyen nicholas nichole nick nickjonas nicky nicola nicolas nicole nigeria
nigga nigger nightmare nikita nikki nikola nikolas nikolay nina ninja nintendo nirvana nissan nnnnnn
nobody noelle nofear nokia nokian noname none nonmember nonono noodle noodles nopassword norman
norte norton notebook nothing notthat nounou nounours nouveaumotdepasse november novembre noway
ntktajy nugget null number nurse nursing nutella nuttertools oakland oakley oblivion oceane ocpoook
october octobre odessa office ohiostate ohmnamah oicu oklahoma okokok oksana olamide olayinka oleg
olga oliver olivia olivier oluwaseun omarion omega omni omsairam onedirection onelove onepiece
online onlyme oooooo opensesame openup opeyemi oracle orange oranges ordre ordredesexperts original
orlando oscar osiris outlaw overlord oxford pacific packard packers pacman paddle paige paintball
painter pakistan paladin palermo pallmall paloma pamela panama panasonic pancho panda pandora panget
pangit pantera panther panthers panzer papa papamama papillon papito paradise paradox paramore paris
parker parola parrot party pasaway pascal pass passat passer passion passpass passport password
passwordpassword passwords passwort pastor pasword patata patate patches patience patrice patricia
patrick patrik patriot patriots paul paula paulina pauline pavel pavilion payton pazzword pdtplf
peace peaches peanut peanutbutter peanuts pearljam pebbles pedro peekaboo peewee pegasus pelusa
pencil penelope penguin penguins penis penny pentium people pepito pepper pepsi perfect personal
peter peterpan peugeot peyton phantom philip philippe philips phillip philly phoebe phoenix phone
piazza picasso piccolo pickle pickles pierre piggy piglet pikachu pimp pimpdaddy pimpin pineapple
pingpong pink pinkfloyd pinky pioneer pippin pippo pirate pirates pisces pitbull pizza placebo
planet plastic platinum playa playboy player playstation please plymouth poetry pogiako point poison
poisson poiuyt poiuytrewq pokemon poker poland polaris police polina pollito polniypizdec polo
polopolo polska pompier pompom poncho pontiac poodle poohbear pookie poonam poop pooper poopie
poopoo pooppoop poopy popcorn popeye popo popopo poppop poppy porkchop pornstar porsche porter
portland portugal positive postal potato pothead potter power powers pppppp praise prakash prasad
prayer preciosa precious predator prelude presario president presidente preston pretty prettyboy
prettygirl primavera prince princesa princess princesse printemps printer priscilla prissy private
privet priyanka prodigy professional project projectsadminx promise przyjaciolki psycho pudding
puertorico pulsar pumpkin punisher punk punkin punkrock puppies puppy pupsik purple pussy pussycat
pyon pyramid q1w2e3r4t5y6 q1w2e3r4t5y6u7i8o9p0 qarglr qawsed qawsedrf qazqaz qazwsx qazwsxedc
qazwsxedcrfv qazwsxedcrfvtgb qazxsw qazxswedc qazxswedcvfr qazzaq qqqq qqqqq qqqqqq qqqqqqq qqqqqqqq
qqqwww qqww qqwwee qsdfghjklm quality queen queenie quentin quincy qwas qwaszx qwe123qwe123 qweasd
qweasdzxc qwedsa qweewq qwegta13091990 qweqwe qweqweqwe qwer qwerasdf qwerasdfzxcv qwerqwer qwert
qwerty qwertyasdfgh qwertyqwerty qwertyu qwertyui qwertyuio qwertyuiop qwertyytrewq qwertz qwqwqw
rabbit racecar rachael rachel rachelle racing radio radiohead rafael ragnarok rahasia raider raiders
raiderz rainbow rainbows rajesh rambler rambo ramesh ramirez rammstein ramona ramones ramram ramses
random randy ranger rangers raphael raptor raquel rascal rastaman raven ravens raymond rayray rbhbkk
rctybz rdfhnbhf reading reagan realmadrid reaper rebeca rebecca rebel rebelde rebound redalert
redbull reddog redhead redhot redman redneck redred redrose redrum redskins redsox redwings reebok
reggie regina register remember renata renato renault renee renegade rennes rental rereirf research
resident residentevil respect retard retired revenge revolution rewq rfhbyf rfnthbyf rfrfirf rfrnec
rhbcnbyf rhfcjnrf rhiannon ricardo riccardo richard richie richmond ricky rihanna riley rivera
rjntyjr roadrunner robbie robert roberta roberto robin robinson rochelle rock rocker rocket
rocknroll rockon rockstar rocky rockyou rodney rodrigo rodriguez roger roland rolltide romain roman
romance romania romano romashka romeo romero romina rommel ronald ronaldinho ronaldo ronnie rooney
rooster rootbeer rosario roscoe rose rosebud rosemary rosie rosita rossi rough route roxana roxanne
roxy rrrrrr rsavoy rtyuehe runescape runner running rupert rush ruslan russell russia rustam rusty
ryan s8ylpe9jdpvym sabina sabine sabrina sachin sadie safety sagitario sahara saibaba sailing sailor
sailormoon saints sairam sakura sally salman salmon salome salomon salope salvador salvation
salvatore samantha samara samedi sameer samira sammie sammy sample sampson samsam samson samsung
samuel samurai sanane sanchez sandeep sandhya sandiego sandman sandra sandrine sandro sandy sanjay
santana santiago santos santosh sapphire sara sarah sarita sasasa sascha sasha sassy sasuke satan
satellite saturn savage savannah sayang sayangku scania scarface scarlet scarlett sceau schalke
schatz school science scooby scoobydoo scooter scorpio scorpion scotland scott scotty scrappy scream
scruffy sdf7asdf6asdg8df sean search season seattle sebastian sebastien secret secretaire
secretairegeneral security selena selina semperfi senegal senha senior seniseviyorum sentnece
sephiroth september septembre serega serena serenity sergei sergey sergio server service sesame
seven sevilla sexsex sexsexsex sexxxy sexy sexybeast sexybitch sexyboy sexygirl sexylady sexylove
sexymama sexyme shadow shaggy shakira shalom shaman shamrock shane shanghai shanna shannon shanti
sharks sharma sharon sharp shasha shasta shawn sheba sheena sheila shelby shelley shelly sherlock
sherman sherry shibby shiloh shirley shit shitface shithead shogun shooter shopping shorty shotgun
showtime shutup sidney siemens sierra sigma signature silence silent silly silver silverado silvia
simba simon simona simone simple simpleplan simpson simpsons simran singapore singer single sirius
sissy sister sisters skate skateboard skater skeeter skiffy skipper skippy skittles skolko skorpion
skyhawk skylar skyler skyline skywalker slayer sleepy slimshady slipknot smackdown smallville smart
smile smiles smiley smith smitty smoke smokey smokie smooth smudge snake snakes snickers sniper
snoopy snowball snowboard snowflake snowman snuggles sobaka soccer socrates sofia softball software
sojdlg123aljg soldier soledad soleil solnce solomon somanypickles27 someone something sommer sonia
sonic sonnenschein sonny sonyericsson sooners sophia sophie souljaboy soulmate south southpark
southside space spam spanish spanky sparkle sparkles sparky sparrow sparta spartak spartan spartans
special spectrum speedy spencer spider spiderman spike spirit spitfire splash sponge spongebob
spooky sporting sports spring sprite spunky spurs sputnik squall squirrel squirt srinivas sssss
ssssss ssyu stacey stalker standard stanley star starbucks starcraft stardust starfish stargate
starlight stars start startfinding startrek starwars starwarsfan10 status stealth steaua steelers
stefan stefangreil1983 stefania stefanie stefano stella stellina steph stephane stephanie stephen
sterling steve steven stevie stewart stinger stingray stinky stitch stonecold stoner stones storm
stormy stranger strasbourg stratfor stratocaster stratus strawberry street strength strike striker
strong stuart student studio stunt stupid subaru sublime subzero success sucesso sucker suckit
suckme suckmydick sugar sullivan sultan summer summertime sundance sunday sunflower sunita sunny
sunrise sunset sunshine super supergirl superman supernatural supernova superstar support sureno
suresh surfer surfing surside susan susana suzanne suzuki svetik svetlana svoboda sweet sweetheart
sweetie sweetness sweetpea sweets sweety swimmer swimming swordfish sydney sylvester sylvia sylvie
syncmaster system tabitha taco tacobell taekwondo taishan tamara tammy tampon tangkai tanner tanya
target tarheels tarzan tasha tatiana tattoo tatyana taurus taylor taytay tazmania tdutybq teacher
team teamo technics techno teddy teddybear teiubesc telechargement telefon telefono telephone
television temitope temp temple temppass temppassword tennis tequiero tequila teresa terminator
terror terry test tester testing testpass testtest texas thailand thankgod thanks thankyou thebest
theboss thegame theking theman theodore theone theresa therock thesims thierry thirteen thomas
thompson three thuglife thumper thunder tianya ticket tiesto tiffany tiger tigers tigger timber
timmy timothy tina tinker tinkerbell tinkle tintin titanic titans tkfkdgo tobias toby toffee
together tokiohotel toledo tomato tomcat tommy tomtom tonton tony tootsie topgun topolino topsecret
torino tornado toronto torres toshiba total12scherz toto tottenham toulouse toyota trabajo tracey
tractor tracy trance transformers travel travis treasure trebor trevor trfnthbyf tricia trigger
trinidad trinity tripper trisha tristan triumph trixie trombone trooper trouble trucker trucks
truelove trumpet trunks trust trustno tttttt tucker tudelft tuning tupac turbo turkey turner turtle
tweety twilight twinkle twins twister tyler tyrone tyson ufkbyf uhfybn uiopy ultima ultimate
umbrella underground undertaker unicorn unique united universal universe university unknown unreal
usdopaa user utilisateur utopia vacances vacation vaffanculo vagina valencia valentin valentina
valentine valentino valera valeria valerie vampire vampires vancouver vanessa vanilla vanille vectra
vegeta velvet vendredi venus verbatim verizon veronica veronika vfczyz vfhbyf vfhecz vfhufhbnf
vfibyf vfksirf vfrcbv vfrcbvrf vfvekz vfvfgfgf vfvjxrf vicente vicky victor victoria victory vietnam
viewsonic viking vikings viktor viktoria vincent vincenzo vinnie violet violeta violetta violin
viper virgin virginia virginie vishal vision vitalik vitor1268123 vitoria vivian viviana vkontakte
vladik vladimir vladislav vodafone voiture volcom volkswagen volley volleyball volume voodoo voyager
vqsablpzla vrbgqns vvvvvv wachtwoord waheguru walker wallace walmart walter wangyut wanker wanted
warcraft warhammer warlock warning warren warrior warriors warszawa washington wasser wassup water
waterloo watermelon waters watson wayne weasel webhompass webhost webster wedding weed weezer
welcome welkom wellington wendy wenoob werder werewolf werner weronika1992 wertyu wesley western
westham westlife westside westwood what whatever whatsup whatthezor whiskers whiskey whisper white
whitney whocares whore whynot wicked widget wildcat wildcats william williams willie willow willy
wilson window windows winner winnie winston winter wisdom wizard woaini wolf wolfgang wolfpack
wolverine wolves wombat wonder wonderful wonderland woodstock woody wordpass working wrangler
wrestling wutang wwwwww wxcvbn xander xantria10315 xavier xbox xfiles xiang xtseo2011tdx xxxx xxxxx
xxxxxx xxxxxxxx yagjecc yahoo yahooo yamaha yamahar yandex yandi20080527 yankee yankees yanyan
yasmin yasmine ybccfy ybrbnf ybrjkfq yellow yemi19900911 yfcntymrf yfdbufnjh yfnfif yfnfkmz yolanda
yomama yomomma youandme youbye young youngmoney yourmom yousuck youtube youyou yoyo yoyoyo ytrewq
yuantuo yugioh yvette yvonne zacefron zachary zaq1xsw2cde3 zaqwsx zaqwsxcde zaqxsw zaqxswcde zazaza
zeppelin zidane ziggy zigzag zipper zmx870919123 zoey zombie zoosk zouzou zvezda zxasqw zxcasd
zxcasdqwe zxcv zxcvb zxcvbn zxcvbnm zxczxc zxzxzx zzzzzz zzzzzzz zzzzzzzz
`
    .trim()
    .split(/\s+/),
)
